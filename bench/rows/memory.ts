import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect, empty } from "tesserae";
import type { Bench } from "../support/bench.js";
import { values } from "../support/cube.js";
import { median } from "../support/measure.js";
import { limited } from "../support/row.js";

const PROGRAM = fileURLToPath(new URL("../peak-memory.js", import.meta.url));

/** The most memory resident at once, of processes that read from a directory. */
export async function memory({ rounds, results }: Bench): Promise<void> {
	const directory = await mkdtemp(join(tmpdir(), "tesserae-bench-"));
	try {
		await prepare(directory);
		const peak = async (...args: string[]): Promise<number> => {
			const peaks: number[] = [];
			for (let round = 0; round < rounds; round++) {
				const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, directory, ...args]);
				peaks.push(Number(stdout));
			}
			return median(peaks);
		};
		results.rows.push(
			limited("peak memory, 1 GiB by blocks(), file", await peak("large", "blocks"), { most: 256, unit: "MiB" }),
			limited("peak memory, get of 256 MiB, file", await peak("cube", "get"), { most: 256 + 128, unit: "MiB" }),
		);
	} finally {
		await rm(directory, { recursive: true });
	}
}

async function prepare(directory: string): Promise<void> {
	await using connection = await connect(`file:${directory}`, { durability: "none" });
	const chunkShape = [64, 128, 128];
	await connection.createDataset("cube", { data: values(), chunkShape, codecs: [] });
	const large = await connection.createDataset("large", {
		shape: [1024, 512, 512],
		dtype: "float32",
		chunkShape,
		codecs: [],
	});
	const slab = empty([64, 512, 512], "float32");
	for (let z = 0; z < 1024; z += 64) {
		slab.data.fill(z + 1);
		await large.set(`${z}:${z + 64}`, slab);
	}
}
