import { type Connection, connect, kernel } from "tesserae";
import type { Bench, Group } from "../support/bench.js";
import { values } from "../support/cube.js";
import { contestant, race, type Sample } from "../support/measure.js";
import { BACKENDS, temporaryPlace } from "../support/place.js";
import { checkSame } from "../support/same.js";

/** What it costs to change each chunk once, whoever is killed, against a map of the same kernel into a new dataset. Writes are flushed. */
export const apply: Group = {
	"small-512": (bench) => compare(bench, small(512)),
	"small-4096": (bench) => compare(bench, small(4096)),
	cube: (bench) => compare(bench, CUBE),
};

interface Subject {
	readonly name: string;
	readonly chunks: number;
	create(connection: Connection, name: string): Promise<unknown>;
}

const ENTRIES = 256;

function small(chunks: number): Subject {
	const data = new Float32Array(chunks * ENTRIES).fill(1);
	return {
		name: `${chunks} chunks of 1 KiB, raw`,
		chunks,
		create: (connection, name) => connection.createDataset(name, { data, chunkShape: [ENTRIES], codecs: [] }),
	};
}

const CUBE: Subject = {
	name: "256 chunks of 1 MiB, zstd",
	chunks: 256,
	create: (connection, name) => connection.createDataset(name, { data: values(), chunkShape: [64, 64, 64] }),
};

const ENGINES = ["sequential", "threads"];
const CHANGES = ["apply", "map"] as const;

async function compare({ rounds, results }: Bench, subject: Subject): Promise<void> {
	const lines: string[][] = [];
	for (const backend of BACKENDS)
		for (const engine of ENGINES) {
			await using place = await temporaryPlace(backend);
			await using connection = await connect(place.target, { engine });
			lines.push([backend, engine, ...cells(subject, await medians(connection, subject, rounds))]);
		}
	results.tables.push({
		title: `apply of x + 1, ${subject.name}: µs per chunk by the clock / of processor time`,
		headings: ["store", "engine", "apply", "map into a new dataset", "times as long"],
		lines,
	});
}

async function medians(connection: Connection, subject: Subject, rounds: number): Promise<Map<string, Sample>> {
	await subject.create(connection, "source");
	await subject.create(connection, "changed");
	const source = await connection.getDataset("source", { dtype: "float32" });
	const changed = await connection.getDataset("changed", { dtype: "float32" });
	const addOne = kernel(new URL("../support/kernels.js", import.meta.url), "addOne");
	const apply = () => changed.apply(addOne);
	const map = () => source.map(addOne, "mapped");
	await apply();
	checkSame(subject.name, (await (await map()).get()).data, { apply: (await changed.get()).data });
	const forget = () => connection.deleteDataset("mapped");
	await forget();
	return race([contestant("apply", apply), contestant("map", map, forget)], rounds);
}

/** µs per chunk of both sides, `wall / cpu`, and how many times as long the apply takes. */
function cells({ chunks }: Subject, samples: ReadonlyMap<string, Sample>): string[] {
	const [apply, map] = CHANGES.map((change) => samples.get(change) as Sample) as [Sample, Sample];
	const perChunk = ({ wall, cpu }: Sample): string =>
		[wall, cpu].map((ms) => ((ms * 1000) / chunks).toFixed(0)).join(" / ");
	const times = [apply.wall / map.wall, apply.cpu / map.cpu].map((ratio) => ratio.toFixed(2)).join(" / ");
	return [perChunk(apply), perChunk(map), times];
}
