import { type Connection, connect, kernel, ndArray } from "tesserae";
import { distributed as engine } from "tesserae/engines/distributed";
import { gaussianHalo } from "../../examples/kernels/gaussian.js";
import type { Bench, Group } from "../support/bench.js";
import { values } from "../support/cube.js";
import { contestant, race } from "../support/measure.js";
import { temporaryPlace } from "../support/place.js";
import { type RunningQueue, startQueue } from "../support/queue.js";
import { hold, limited } from "../support/row.js";
import { checkSame } from "../support/same.js";

/** Two worker processes by a queue in Redis, all on this machine; `file`, nothing flushed. */
export const distributed: Group = {
	gaussian: (bench) => withQueue(bench, new URL("../../examples/kernels/", import.meta.url), gaussian),
	"empty-kernel": (bench) => withQueue(bench, new URL("../support/", import.meta.url), emptyKernel),
};

const WORKERS = 2;

type Place = Pick<RunningQueue, "redis" | "queue">;

async function withQueue(
	bench: Bench,
	kernels: URL,
	work: (bench: Bench, queue: Place, kernels: URL) => Promise<void>,
): Promise<void> {
	let queue: RunningQueue;
	try {
		queue = await startQueue(kernels);
	} catch {
		const reason = "there is no redis-server: apt-get install redis-server";
		bench.results.omissions.push({ name: "distributed", reason });
		return;
	}
	await using running = queue;
	for (let i = 0; i < WORKERS; i++) await running.add(1);
	const { redis, queue: name } = running;
	await work(bench, { redis, queue: name }, kernels);
}

interface Both extends AsyncDisposable {
	readonly one: Connection;
	readonly many: Connection;
}

async function openBoth(queue: Place): Promise<Both> {
	const place = await temporaryPlace("file");
	const durability = "none";
	const one = await connect(place.target, { durability });
	const many = await connect(place.target, { durability, engine: engine(queue) });
	return {
		one,
		many,
		async [Symbol.asyncDispose]() {
			await one.close();
			await many.close();
			await place[Symbol.asyncDispose]();
		},
	};
}

const SIDE = 256;
const SIGMA = 1.5;
const CHUNK = 64;

async function gaussian(bench: Bench, queue: Place, kernels: URL): Promise<void> {
	await using both = await openBoth(queue);
	const data = ndArray<"float32">(values().data.subarray(0, SIDE ** 3), [SIDE, SIDE, SIDE]);
	const original = await both.one.createDataset("original", { data, chunkShape: [CHUNK, CHUNK, CHUNK] });
	const seenByWorkers = await both.many.getDataset("original", { dtype: "float32" });
	const blur = kernel(new URL("gaussian.js", kernels), "gaussian", { sigma: SIGMA });
	const options = { halo: gaussianHalo(SIGMA), boundary: "reflect", ifExists: "replace" } as const;
	const sequential = () => original.map(blur, "by-one", options);
	const workers = () => seenByWorkers.map(blur, "by-many", options);
	const name = `map, gaussian, ${SIDE}³, σ ${SIGMA}, file`;
	checkSame(name, (await (await sequential()).get()).data, { workers: (await (await workers()).get()).data });
	const ours = `distributed, ${WORKERS} workers`;
	const contestants = [contestant(ours, workers), contestant("sequential", sequential)];
	await hold(bench, { name, contestants, comparisons: [{ ours, other: "sequential", atLeast: 1.5 }] });
}

const CHUNKS = 4096;
const ENTRIES = 256;

async function emptyKernel({ rounds, results }: Bench, queue: Place, kernels: URL): Promise<void> {
	await using both = await openBoth(queue);
	const data = new Float32Array(CHUNKS * ENTRIES).fill(1);
	const original = await both.one.createDataset("small", { data, chunkShape: [ENTRIES], codecs: [] });
	const seenByWorkers = await both.many.getDataset("small", { dtype: "float32" });
	const nothing = kernel(new URL("kernels.js", kernels), "same");
	const sides = [
		contestant("sequential", () => original.map(nothing, "by-one", { ifExists: "replace" })),
		contestant("distributed", () => seenByWorkers.map(nothing, "by-many", { ifExists: "replace" })),
	];
	const medians = await race(sides, rounds);
	for (const [side, { wall }] of medians) {
		const name = `map of an empty kernel, ${CHUNKS} chunks of 1 KiB, file, ${side}: per chunk`;
		results.rows.push(limited(name, (wall * 1000) / CHUNKS, { unit: "µs" }));
	}
}
