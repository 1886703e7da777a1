import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect, ndArray } from "tesserae";
import type { Bench, Group } from "../support/bench.js";
import { values } from "../support/cube.js";
import { type Contestant, race, type Sample } from "../support/measure.js";
import { type Place, temporaryPlace } from "../support/place.js";
import { limited } from "../support/row.js";

/** What several processes of one program take for what they do together. Their start is not timed. */
export const ranks: Group = { barrier, scaling, "empty-kernel": emptyKernel };

const PROGRAM = fileURLToPath(new URL("../ranks-program.js", import.meta.url));
const TESSERAE = fileURLToPath(new URL("../../apps/cli/index.js", import.meta.url));
const SIZES = [1, 2, 4];

/** A run is one job, which does the task once before it counts. */
function job(target: string, task: string, size: number | undefined): Contestant {
	const args =
		size === undefined
			? [PROGRAM, target, "sequential"]
			: [TESSERAE, "ranks", "-n", String(size), PROGRAM, target, "ranks"];
	return {
		name: size === undefined ? "sequential" : `ranks ${size}`,
		async run() {
			const { stdout } = await promisify(execFile)(process.execPath, [...args, task]);
			return JSON.parse(stdout) as Sample;
		},
	};
}

async function cubeIn(place: Place, data: ReturnType<typeof values>, chunkShape: readonly number[]): Promise<void> {
	const connection = await connect(place.target, { durability: "none" });
	await connection.createDataset("cube", { data, chunkShape });
	await connection.close();
}

const BARRIERS = 1000;

async function barrier({ rounds, results }: Bench): Promise<void> {
	await using place = await temporaryPlace("file");
	await cubeIn(place, ndArray<"float32">(Float32Array.of(1), [1]), [1]);
	const medians = await race([job(place.target, "barrier", 4)], rounds, 0);
	const milliseconds = (medians.get("ranks 4")?.wall ?? Number.NaN) / BARRIERS;
	results.rows.push(limited("barrier of 4 ranks", milliseconds, { most: 5, unit: "ms" }));
}

const SIDE = 256;

async function scaling(bench: Bench): Promise<void> {
	await using place = await temporaryPlace("file");
	const data = ndArray<"float32">(values().data.subarray(0, SIDE ** 3), [SIDE, SIDE, SIDE]);
	await cubeIn(place, data, [64, 64, 64]);
	const tasks = { read: "each its rows", load: "values in memory", map: "3-D Gaussian, σ 1.5" };
	const lines: string[][] = [];
	for (const [task, what] of Object.entries(tasks)) {
		const medians = await raceAll(bench, place, task);
		const one = medians.get("sequential")?.wall ?? Number.NaN;
		const cells = SIZES.map((size) => {
			const { wall } = medians.get(`ranks ${size}`) ?? { wall: Number.NaN };
			return `${wall.toFixed(0)} ms, ${(one / wall).toFixed(2)} ×`;
		});
		lines.push([`${task}, ${what}`, `${one.toFixed(0)} ms`, ...cells]);
	}
	const headings = [`${SIDE}³ float32, zstd 64³, file`, "sequential", ...SIZES.map((size) => `${size} ranks`)];
	bench.results.tables.push({ title: "scaling of ranks", headings, lines });
}

function raceAll({ rounds }: Bench, { target }: Place, task: string): Promise<Map<string, Sample>> {
	return race(
		[undefined, ...SIZES].map((size) => job(target, task, size)),
		rounds,
		0,
	);
}

const CHUNKS = 4096;
const ENTRIES = 256;

/** What a chunk costs where the kernel does nothing, by the clock. */
async function emptyKernel(bench: Bench): Promise<void> {
	await using place = await temporaryPlace("sqlite");
	await cubeIn(place, ndArray<"float32">(new Float32Array(CHUNKS * ENTRIES).fill(1), [CHUNKS * ENTRIES]), [ENTRIES]);
	const medians = await raceAll(bench, place, "empty");
	const lines = [...medians].map(([name, { wall }]) => [name, `${((wall * 1000) / CHUNKS).toFixed(0)} µs`]);
	const title = `overhead per chunk of ranks: map of an empty kernel over ${CHUNKS} chunks of 1 KiB, sqlite`;
	bench.results.tables.push({ title, headings: ["engine, processes", "per chunk"], lines });
}
