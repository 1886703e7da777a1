import { fileURLToPath } from "node:url";
import { connect, ndArray } from "tesserae";
import type { Bench, Group } from "../support/bench.js";
import { values } from "../support/cube.js";
import { program, race } from "../support/measure.js";
import { type BackendName, temporaryPlace } from "../support/place.js";
import { limited } from "../support/row.js";

const PROGRAM = fileURLToPath(new URL("../cold-start.js", import.meta.url));

/** A chunk of 1 MiB is in hand so many milliseconds after the first line of a program. */
const MOST = 150;

/** The first `get` of a process: import, connect, open the dataset, read one chunk of 64³ float32. Node's own start comes before it. */
export const cold: Group = {
	import: (bench) => measure(bench, { 'import("tesserae")': ["import"] }, undefined),
	ram: (bench) => measure(bench, engines("cold, ram, create, write and get", "ram:"), MOST),
	file: (bench) => fromStore(bench, "file"),
	sqlite: (bench) => fromStore(bench, "sqlite"),
};

type Programs = { readonly [name: string]: readonly string[] };

function engines(name: string, target: string): Programs {
	return { [`${name}, sequential`]: [target, "sequential"], [`${name}, threads`]: [target, "threads"] };
}

async function fromStore(bench: Bench, backend: BackendName): Promise<void> {
	await using place = await temporaryPlace(backend);
	const connection = await connect(place.target);
	const data = ndArray<"float32">(values().data.subarray(0, 128 ** 3), [128, 128, 128]);
	await connection.createDataset("cube", { data, chunkShape: [64, 64, 64] });
	await connection.close();
	await measure(bench, engines(`cold, ${backend}, first get`, place.target), MOST);
}

async function measure({ rounds, results }: Bench, programs: Programs, most: number | undefined): Promise<void> {
	const contestants = Object.entries(programs).map(([name, args]) => program(name, [PROGRAM, ...args]));
	for (const [name, { wall }] of await race(contestants, rounds, 1))
		results.rows.push(limited(name, wall, { most, unit: "ms" }));
}
