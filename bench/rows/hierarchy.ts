import { type Connection, connect } from "tesserae";
import type { Bench, Group } from "../support/bench.js";
import { type Contestant, contestant, race } from "../support/measure.js";
import { BACKENDS, type BackendName, temporaryPlace } from "../support/place.js";
import { limited } from "../support/row.js";

const GROUPS = 100;
const ARRAYS = 100;

/** Finding all of 10,000 arrays in a hundred groups, with the metadata of each read; and the same from consolidated metadata. */
export const hierarchy: Group = Object.fromEntries(
	BACKENDS.map((backend) => [backend, (bench: Bench) => listing(bench, backend)]),
);

async function listing({ rounds, results }: Bench, backend: BackendName): Promise<void> {
	await using place = await temporaryPlace(backend);
	const options = backend === "ram" ? {} : { durability: "none" };
	await using connection = await connect(place.target, options);
	await fill(connection);
	const listed = [contestant("all", () => count(connection, false)), firstOf(connection)];
	const copied = [
		contestant("consolidateMetadata", () => connection.consolidateMetadata()),
		contestant("all, consolidated", () => count(connection, true)),
	];
	const limits: { readonly [name: string]: number } = { all: 3000, "all, consolidated": 3000, first: 100 };
	for (const contestants of [listed, copied])
		for (const [name, { wall }] of await race(contestants, rounds, 1))
			results.rows.push(limited(`10⁴ arrays, ${backend}: ${name}`, wall, { most: limits[name], unit: "ms" }));
}

/** Writes the documents as they are: making each array through the library would take longer than all that is measured. */
async function fill(connection: Connection): Promise<void> {
	const sample = await connection.createDataset("group-0/array-0", { shape: [100, 100], dtype: "float32" });
	const [array, group] = await Promise.all(
		[`${sample.name}/zarr.json`, "zarr.json"].map(async (key) => (await connection.backend.get(key))?.parts[0]),
	);
	if (array === undefined || group === undefined) throw new Error("the sample was not stored");
	for (let g = 0; g < GROUPS; g++) {
		const keys = Array.from({ length: ARRAYS }, (_, a) => ({ key: `group-${g}/array-${a}/zarr.json`, bytes: array }));
		await connection.backend.commit([{ key: `group-${g}/zarr.json`, bytes: group }, ...keys]);
	}
}

async function count(connection: Connection, consolidated: boolean): Promise<void> {
	let found = 0;
	for await (const _ of connection.datasets({ recursive: true, consolidated })) found++;
	if (found !== GROUPS * ARRAYS) throw new Error(`${found} datasets were found of ${GROUPS * ARRAYS}`);
}

function firstOf(connection: Connection): Contestant {
	return contestant("first", async () => {
		for await (const _ of connection.datasets({ recursive: true })) break;
	});
}
