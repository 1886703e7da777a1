import { type Connection, connect, type Dataset, kernel, ndArray } from "tesserae";
import { gaussianHalo } from "../../examples/kernels/gaussian.js";
import type { Bench, Group } from "../support/bench.js";
import { SHAPE, values, warmCube } from "../support/cube.js";
import { contestant, race, type Sample } from "../support/measure.js";
import { type BackendName, temporaryPlace } from "../support/place.js";
import { checkSame } from "../support/same.js";

/** What each engine makes of more workers, and what it costs where there is nothing to do. */
export const scaling: Group = { read, write, map, "empty-kernel": emptyKernel };

const ENGINES = ["threads", "cluster"];
const WORKERS = [1, 2, 4];

/** An engine with a number of workers, and the same store through it. */
interface Side {
	readonly engine: string;
	readonly workers: number;
	readonly connection: Connection;
}

interface Stores extends AsyncDisposable {
	readonly sequential: Connection;
	readonly sides: readonly Side[];
}

/** One store through every engine. What is measured is the engine, not the disk: nothing is flushed. */
async function openStores(backend: BackendName): Promise<Stores> {
	const place = await temporaryPlace(backend);
	const options = backend === "ram" ? {} : { durability: "none" };
	const open = async (engine: string, workers: number): Promise<Side> => ({
		engine,
		workers,
		connection: await connect(place.target, { engine, workers, ...options }),
	});
	const first = await open("sequential", 1);
	const others = await Promise.all(ENGINES.flatMap((engine) => WORKERS.map((workers) => open(engine, workers))));
	const sides = [first, ...others];
	return {
		sequential: first.connection,
		sides,
		async [Symbol.asyncDispose]() {
			for (const { connection } of sides) await connection.close();
			await place[Symbol.asyncDispose]();
		},
	};
}

type Work = (dataset: Dataset<"float32">, side: Side) => Promise<unknown>;

/** Times the same work on the same dataset through every engine. */
async function raceAll({ rounds }: Bench, { sides }: Stores, work: Work): Promise<Map<string, Sample>> {
	const contestants = await Promise.all(
		sides.map(async (side) => {
			const dataset = await side.connection.getDataset("cube", { dtype: "float32" });
			return contestant(nameOf(side), () => work(dataset, side));
		}),
	);
	return race(contestants, rounds);
}

function nameOf({ engine, workers }: Pick<Side, "engine" | "workers">): string {
	return `${engine} ${workers}`;
}

/** Milliseconds, and how many times as fast as one thread without an engine. */
function tell({ results }: Bench, what: string, medians: ReadonlyMap<string, Sample>): void {
	const one = medians.get("sequential 1")?.wall ?? Number.NaN;
	const cell = (engine: string, workers: number): string => {
		const { wall } = medians.get(nameOf({ engine, workers })) ?? { wall: Number.NaN };
		return `${wall.toFixed(0)} ms, ${(one / wall).toFixed(2)} ×`;
	};
	results.tables.push({
		title: `scaling, ${what}; sequential: ${one.toFixed(0)} ms`,
		headings: ["engine", ...WORKERS.map((workers) => `${workers} workers`)],
		lines: ENGINES.map((engine) => [engine, ...WORKERS.map((workers) => cell(engine, workers))]),
	});
}

/** On `cluster`, reading and writing is work of the calling thread. */
async function read(bench: Bench): Promise<void> {
	await using stores = await openStores("file");
	await stores.sequential.createDataset("cube", { data: values(), chunkShape: [64, 64, 64] });
	const [plain, shared] = [warmCube(), warmCube({ shared: true })];
	const outOf = ({ engine }: Side): typeof plain => (engine === "threads" ? shared : plain);
	tell(
		bench,
		"read 256 MiB, zstd 64³, file",
		await raceAll(bench, stores, (ds, side) => ds.get("...", { out: outOf(side) })),
	);
	checkSame("scaling, read", values().data, { plain: plain.data, shared: shared.data });
}

async function write(bench: Bench): Promise<void> {
	await using stores = await openStores("file");
	await stores.sequential.createDataset("cube", { shape: SHAPE, dtype: "float32", chunkShape: [64, 64, 64] });
	const shared = warmCube({ shared: true });
	shared.data.set(values().data);
	const valuesFor = ({ engine }: Side): typeof shared => (engine === "threads" ? shared : values());
	tell(
		bench,
		"write 256 MiB, zstd 64³, file",
		await raceAll(bench, stores, (ds, side) => ds.set("...", valuesFor(side))),
	);
}

const SIDE = 256;
const SIGMA = 1.5;
/** How many times as long as on threads the map may take on processes. */
const ALLOWED = 1.3;

async function map(bench: Bench): Promise<void> {
	const blur = kernel(new URL("../../examples/kernels/gaussian.js", import.meta.url), "gaussian", { sigma: SIGMA });
	const options = { halo: gaussianHalo(SIGMA), boundary: "reflect", ifExists: "replace" } as const;
	for (const backend of ["ram", "file"] as const) {
		await using stores = await openStores(backend);
		const data = ndArray<"float32">(values().data.subarray(0, SIDE ** 3), [SIDE, SIDE, SIDE]);
		await stores.sequential.createDataset("cube", { data, chunkShape: [64, 64, 64] });
		const made = new Map<string, Dataset<"float32">>();
		const medians = await raceAll(bench, stores, async (ds, side) => {
			made.set(nameOf(side), (await ds.map(blur, nameOf(side), options)) as Dataset<"float32">);
		});
		const what = `map, gaussian, ${SIDE}³, σ ${SIGMA}, ${backend}`;
		tell(bench, what, medians);
		holdAgainstThreads(bench, what, medians);
		const smoothed: { [side: string]: Float32Array } = {};
		for (const [name, dataset] of made) smoothed[name] = (await dataset.get()).data;
		checkSame(what, smoothed["sequential 1"] as Float32Array, smoothed);
	}
}

function holdAgainstThreads({ results }: Bench, what: string, medians: ReadonlyMap<string, Sample>): void {
	const [mine, theirs] = [medians.get("cluster 2"), medians.get("threads 2")];
	if (mine === undefined || theirs === undefined) return;
	results.rows.push({
		name: `${what}: cluster, 2 workers`,
		ours: `${mine.wall.toFixed(0)} ms`,
		other: `threads: ${theirs.wall.toFixed(0)} ms`,
		ratio: theirs.wall / mine.wall,
		// That of the workers is not known.
		cpuRatio: undefined,
		goal: `≥ ${(1 / ALLOWED).toFixed(2)} ×`,
		met: mine.wall <= ALLOWED * theirs.wall,
	});
}

const CHUNKS = 4096;
const ENTRIES = 256;

/** A map of a kernel that does nothing over chunks of 1 KiB: of a store that workers open, and of one that they are served. */
async function emptyKernel(bench: Bench): Promise<void> {
	const nothing = kernel(new URL("../support/kernels.js", import.meta.url), "same");
	const columns: Map<string, Sample>[] = [];
	const backends = ["ram", "sqlite"] as const;
	for (const backend of backends) {
		await using stores = await openStores(backend);
		const data = new Float32Array(CHUNKS * ENTRIES).fill(1);
		await stores.sequential.createDataset("cube", { data, chunkShape: [ENTRIES], codecs: [] });
		const work: Work = (ds, side) => ds.map(nothing, nameOf(side), { ifExists: "replace" });
		columns.push(await raceAll(bench, stores, work));
	}
	const cell = (medians: ReadonlyMap<string, Sample>, name: string): string =>
		`${(((medians.get(name)?.wall ?? Number.NaN) * 1000) / CHUNKS).toFixed(0)} µs`;
	bench.results.tables.push({
		title: `overhead per chunk: map of an empty kernel over ${CHUNKS} chunks of 1 KiB`,
		headings: ["engine, workers", ...backends],
		lines: [...(columns[0]?.keys() ?? [])].map((name) => [name, ...columns.map((medians) => cell(medians, name))]),
	});
}
