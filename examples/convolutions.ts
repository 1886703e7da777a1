/**
 * The main job: a real MRI volume is loaded into datasets of several chunk sizes and smoothed there, chunk by chunk, by a 3-D Gaussian:
 * without a halo, which leaves a seam at every chunk face, and with one, which must give what the whole volume in one piece gives.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect, type Dataset, kernel } from "tesserae";
import { gaussian, gaussianHalo } from "./kernels/gaussian.js";
import { run } from "./support/command-line.js";
import { compare, compareWithScipy, readScipyValues } from "./support/compare.js";
import { type Options, readOptions, USAGE } from "./support/convolution-options.js";
import { isRight, printResults, type Result } from "./support/convolution-results.js";
import { readNifti } from "./support/nifti.js";
import { type Reporter, reportSteps } from "./support/progress.js";
import { axialMidSlice, writeDifference, writeGrey } from "./support/slices.js";
import { median } from "./support/table.js";
import type { Volume } from "./support/volume.js";

const EXAMPLES = new URL("../../examples/", import.meta.url);

interface Job extends Options {
	readonly volume: Volume;
	readonly reporter: Reporter;
	readonly signal: AbortSignal;
}

/** What came out for one chunk size; times in seconds. */
interface Outcome {
	readonly chunkSize: number;
	/** Creating the dataset and loading the volume into it. */
	readonly loading: number;
	readonly withoutHalo: Smoothing;
	readonly withHalo: Smoothing;
}

interface Smoothing {
	/** The median of all runs. */
	readonly seconds: number;
	readonly values: Volume;
}

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
	const options = readOptions(args);
	if (options === undefined) {
		console.log(USAGE);
		return 0;
	}
	const volume = await readNifti(new URL("data/ch2bet.nii.gz", EXAMPLES));
	const reporter = reportSteps(options.chunkSizes.length * (1 + 2 * options.ntest), volume.data.length);
	const outcomes = await measureAll({ ...options, volume, reporter, signal }).finally(reporter.stop);
	const results = await judge(outcomes, volume, options.sigma);
	printResults(options, results);
	await writeImages(options.out, volume, outcomes);
	return results.every(isRight) ? 0 : 1;
}

async function measureAll(job: Job): Promise<Outcome[]> {
	await using place = await openPlace(job.target);
	await using connection = await connect(place.target, { engine: job.engine });
	const outcomes: Outcome[] = [];
	for (const chunkSize of job.chunkSizes) outcomes.push(await measure(connection, chunkSize, job));
	return outcomes;
}

/** Where the datasets are kept: the target given, or files in a directory that is removed afterwards. */
async function openPlace(target: string | undefined): Promise<AsyncDisposable & { readonly target: string }> {
	if (target !== undefined) return { target, async [Symbol.asyncDispose]() {} };
	const directory = await mkdtemp(join(tmpdir(), "convolutions-"));
	return { target: `file:${directory}`, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

/** Loads the volume, smooths it both ways, reads the results back, and deletes what it made. */
async function measure(connection: Connection, chunkSize: number, job: Job): Promise<Outcome> {
	const { volume, reporter, signal } = job;
	const name = `convolutions/chunk-${chunkSize}`;
	const { result: original, seconds: loading } = await reporter.step(`chunk ${chunkSize}: load`, async (onProgress) => {
		const dataset = await connection.createDataset(name, {
			shape: volume.shape,
			chunkShape: volume.shape.map(() => chunkSize),
			dtype: "float32",
			dimensionNames: ["x", "y", "z"],
			ifExists: "replace",
		});
		await dataset.load(volume, { signal, onProgress });
		return dataset;
	});
	const withoutHalo = await smooth(original, 0, job);
	const withHalo = await smooth(original, gaussianHalo(job.sigma), job);
	await original.delete();
	return { chunkSize, loading, withoutHalo, withHalo };
}

/** Smooths `ntest` times, reads the last result back, and deletes it. */
async function smooth(original: Dataset<"float32">, halo: number, job: Job): Promise<Smoothing> {
	const { sigma, ntest, reporter, signal } = job;
	const blur = kernel(new URL("./kernels/gaussian.js", import.meta.url), "gaussian", { sigma });
	const name = `${original.name}-halo-${halo}`;
	const times: number[] = [];
	for (let run = 1; ; run++) {
		const { result: smoothed, seconds } = await reporter.step(
			`chunk ${original.chunkShape[0]}, halo ${halo}: run ${run}`,
			(onProgress) => original.map(blur, name, { halo, boundary: "reflect", ifExists: "replace", signal, onProgress }),
		);
		times.push(seconds);
		if (run < ntest) continue;
		const values = await smoothed.get();
		await smoothed.delete();
		return { seconds: median(times), values };
	}
}

/** Compares every result with that of the whole volume in one piece, and with scipy's values. */
async function judge(outcomes: readonly Outcome[], volume: Volume, sigma: number): Promise<Result[]> {
	const whole = gaussian(volume, { sigma }, volume);
	const scipy = await readScipyValues(new URL("data/ch2bet-gaussian.json", EXAMPLES), sigma);
	return outcomes.map(({ chunkSize, loading, withoutHalo, withHalo }) => ({
		chunkSize,
		loading,
		withoutHalo: { seconds: withoutHalo.seconds, ...compare(withoutHalo.values.data, whole.data) },
		withHalo: { seconds: withHalo.seconds, ...compare(withHalo.values.data, whole.data) },
		scipy: scipy && compareWithScipy(withHalo.values, scipy),
	}));
}

/** Writes the middle slice of the volume, smoothed with halo, and, for the first chunk size, without halo with its seams in red. */
async function writeImages(directory: string, volume: Volume, outcomes: readonly Outcome[]): Promise<void> {
	const [first] = outcomes;
	if (first === undefined) return;
	const white = volume.data.reduce((largest, value) => Math.max(largest, value), 0);
	const smoothed = axialMidSlice(first.withHalo.values);
	await mkdir(directory, { recursive: true });
	await writeGrey(join(directory, "original.png"), axialMidSlice(volume), white);
	await writeGrey(join(directory, "smoothed.png"), smoothed, white);
	await writeDifference(join(directory, "seams.png"), axialMidSlice(first.withoutHalo.values), smoothed, white);
	console.log(`wrote original.png, smoothed.png and seams.png (chunk ${first.chunkSize}) to ${directory}`);
}

await run(main);
