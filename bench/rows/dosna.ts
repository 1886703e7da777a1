import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type Dataset, kernel, ndArray } from "tesserae";
import { gaussianHalo } from "../../examples/kernels/gaussian.js";
import type { Bench, Group } from "../support/bench.js";
import { Dosna } from "../support/dosna.js";
import { type Contestant, contestant } from "../support/measure.js";
import { type BackendName, temporaryDirectory, temporaryPlace } from "../support/place.js";
import { randomNumbers } from "../support/random.js";
import { type Comparison, hold } from "../support/row.js";
import { digest } from "../support/same.js";

const SIDE = 256;
const SIGMA = 1.5;
const HALO = gaussianHalo(SIGMA);

/**
 * Three 1-D Gaussians over 256³ random float32, as DosNa's convolution example has them, by worker threads and by DosNa 0.1: nothing
 * compressed, nothing flushed to the disk, the dataset loaded before and deleted after the clock.
 */
export const dosna: Group = {
	"chunk-32": (bench) => compare(bench, 32),
	"chunk-64": (bench) => compare(bench, 64),
	"chunk-128": (bench) => compare(bench, 128),
};

/** What ours is held against. Its example has no halo: less work, and a result that is wrong at every chunk face. */
const COMPARISONS: readonly Comparison[] = [
	{ ours: "sqlite", other: "DosNa hdf5", atLeast: 3 },
	{ ours: "sqlite", other: "DosNa hdf5, no halo", atLeast: 3 },
	{ ours: "sqlite", other: "DosNa hdf5, a rank per core" },
	{ ours: "ram", other: "DosNa ram", atLeast: 3 },
	{ ours: "ram", other: "DosNa ram, no halo", atLeast: 3 },
];

async function compare(bench: Bench, chunk: number): Promise<void> {
	const { directory, remove } = await temporaryDirectory();
	try {
		const input = join(directory, "input.float32");
		const data = Float32Array.from({ length: SIDE ** 3 }, randomNumbers(1));
		await writeFile(input, data);
		const peer = Dosna.find(bench.results, { directory, input, chunk, sigma: SIGMA });
		if (peer === undefined) return;
		await using sqlite = await ours("sqlite", data, chunk);
		await using ram = await ours("ram", data, chunk);
		const wanted = await peer.digest({ backend: "hdf5", halo: HALO });
		for (const { name, digest } of [sqlite, ram])
			if ((await digest()) !== wanted) throw new Error(`DosNa and ${name} differ at chunk ${chunk}`);
		const contestants = [
			sqlite.contestant,
			ram.contestant,
			peer.contestant("DosNa hdf5", { backend: "hdf5", halo: HALO }),
			peer.contestant("DosNa hdf5, no halo", { backend: "hdf5", halo: 0 }),
			...peer.onEveryCore("DosNa hdf5, a rank per core", { backend: "hdf5", halo: HALO }),
			peer.contestant("DosNa ram", { backend: "ram", halo: HALO }),
			peer.contestant("DosNa ram, no halo", { backend: "ram", halo: 0 }),
		];
		const name = `3 × 1-D with halo, ${SIDE}³, σ ${SIGMA}, chunk ${chunk}`;
		await hold(bench, { name, contestants, comparisons: COMPARISONS, warmUp: 1 });
	} finally {
		await remove();
	}
}

interface Ours extends AsyncDisposable {
	readonly name: string;
	readonly contestant: Contestant;
	digest(): Promise<string>;
}

async function ours(backend: BackendName, data: Float32Array, chunk: number): Promise<Ours> {
	const place = await temporaryPlace(backend);
	const unflushed = backend === "ram" ? {} : { durability: "none" as const };
	const connection = await connect(place.target, { engine: "threads", ...unflushed });
	const chunkShape = [chunk, chunk, chunk];
	const original = await connection.createDataset("data", {
		data: ndArray<"float32">(data, [SIDE, SIDE, SIDE]),
		chunkShape,
		codecs: [],
	});
	let results: Dataset<"float32">[] = [];
	const smooth = async (): Promise<void> => {
		results = await smoothAxes(original);
	};
	const clear = async (): Promise<void> => {
		for (const result of results) await result.delete();
	};
	return {
		name: backend,
		contestant: contestant(backend, smooth, clear),
		async digest() {
			await smooth();
			const values = await results.at(-1)?.get();
			await clear();
			return digest(values?.data ?? new Float32Array());
		},
		async [Symbol.asyncDispose]() {
			await connection.close();
			await place[Symbol.asyncDispose]();
		},
	};
}

/** One dataset per axis, each made from the one before. */
async function smoothAxes(original: Dataset<"float32">): Promise<Dataset<"float32">[]> {
	const results: Dataset<"float32">[] = [];
	for (const axis of original.shape.keys()) {
		const kernels = new URL("../../examples/kernels/gaussian.js", import.meta.url);
		const blur = kernel(kernels, "gaussian1d", { sigma: SIGMA, axis });
		const halo = original.shape.map((_, d) => (d === axis ? HALO : 0));
		results.push(await (results.at(-1) ?? original).map(blur, `gaussian-${axis}`, { halo, boundary: "reflect" }));
	}
	return results;
}
