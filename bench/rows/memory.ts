import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect, empty } from "tesserae";
import type { Bench, Group } from "../support/bench.js";
import { values } from "../support/cube.js";
import { median } from "../support/measure.js";
import { temporaryDirectory } from "../support/place.js";
import { limited } from "../support/row.js";

const PROGRAM = fileURLToPath(new URL("../peak-memory.js", import.meta.url));

/** The most memory resident at once, of processes that read from a directory. */
export const memory: Group = {
	blocks: (bench) => peak(bench, "peak memory, 1 GiB by blocks(), file", { read: "large", how: "blocks", most: 256 }),
	get: (bench) => peak(bench, "peak memory, get of 256 MiB, file", { read: "cube", how: "get", most: 256 + 128 }),
	mapSequential: (bench) => peak(bench, "peak memory, map of 2 GiB with halo under 256 MiB, file", MAP),
	mapThreads: (bench) => peak(bench, "peak memory, the same on 2 threads", { ...MAP, engine: "threads" }),
};

const MAP: Reading = { read: "double", how: "map", engine: "sequential", most: 256 + 150 };

interface Reading {
	readonly read: "large" | "cube" | "double";
	readonly how: "blocks" | "get" | "map";
	readonly engine?: string | undefined;
	/** MiB. */
	readonly most: number;
}

async function peak(
	{ rounds, results }: Bench,
	name: string,
	{ read, how, engine = "", most }: Reading,
): Promise<void> {
	const { directory, remove } = await temporaryDirectory();
	try {
		await MAKERS[read](directory);
		const peaks: number[] = [];
		for (let round = 0; round < rounds; round++) {
			const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, directory, read, how, engine]);
			peaks.push(Number(stdout));
		}
		results.rows.push(limited(name, median(peaks), { most, unit: "MiB" }));
	} finally {
		await remove();
	}
}

const CHUNK_SHAPE = [64, 128, 128];

const MAKERS: { readonly [name in Reading["read"]]: (directory: string) => Promise<void> } = {
	async cube(directory) {
		await using connection = await connect(`file:${directory}`, { durability: "none" });
		await connection.createDataset("cube", { data: values(), chunkShape: CHUNK_SHAPE, codecs: [] });
	},
	large: (directory) => writeSlabs(directory, "large", 1024),
	double: (directory) => writeSlabs(directory, "double", 2048),
};

/** A dataset of so many MiB. */
async function writeSlabs(directory: string, name: string, length: number): Promise<void> {
	await using connection = await connect(`file:${directory}`, { durability: "none" });
	const shape = [length, 512, 512];
	const dataset = await connection.createDataset(name, {
		shape,
		dtype: "float32",
		chunkShape: CHUNK_SHAPE,
		codecs: [],
	});
	const slab = empty([64, 512, 512], "float32");
	for (let z = 0; z < length; z += 64) {
		slab.data.fill(z + 1);
		await dataset.set(`${z}:${z + 64}`, slab);
	}
}
