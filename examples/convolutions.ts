/**
 * The convolution benchmark: a real MRI volume, or another one, is loaded into datasets of several chunk sizes and smoothed there, chunk by
 * chunk, by a 3-D Gaussian in four ways: by one 3-D kernel or by a 1-D kernel along each axis, and either without a halo, which
 * leaves a seam at every chunk face, or with one, which must give what the whole volume in one piece gives.
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Connection, connect, type Dataset, kernel } from "tesserae";
import { gaussian } from "./kernels/gaussian.js";
import { Judge, type Truth } from "./support/checks.js";
import { asWrongUsage, run } from "./support/command-line.js";
import { readScipyValues } from "./support/compare.js";
import { type Options, readOptions } from "./support/convolution-options.js";
import { Findings, report } from "./support/convolution-report.js";
import { readScan, type Scan } from "./support/input.js";
import { openPlace } from "./support/place.js";
import { type Reporter, reportSteps, SILENT } from "./support/progress.js";
import { midSlice } from "./support/slices.js";
import { type Cell, haloOf, planSweep, shapeName, VARIANTS, type Variant, workload } from "./support/sweep.js";
import { fitted, product, type Volume } from "./support/volume.js";

const KERNELS = new URL("./kernels/gaussian.js", import.meta.url);
const DATA = new URL("../../examples/data/", import.meta.url);

interface Job {
	readonly connection: Connection;
	readonly scan: Scan;
	readonly findings: Findings;
	readonly reporter: Reporter;
	readonly signal: AbortSignal;
}

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
	const options = readOptions(args);
	if (options === undefined) return 0;
	await using place = await openPlace(options.backend, options.connection);
	await using connection = await connect(place.target, options.connect).catch(asWrongUsage);
	const scan = await readScan(options.input ?? fileURLToPath(new URL("ch2bet.nii.gz", DATA)));
	const { backend, runtime } = connection;
	const setting = { backend: backend.name, engine: runtime.engine.name, workers: runtime.engine.workers };
	const findings = new Findings(planSweep(options, scan.shape), setting);
	const { isRoot } = connection;
	// Of several ranks that do the same one looks at the results, draws and prints.
	if (isRoot) await mkdir(options.out, { recursive: true });
	if (isRoot) await findings.save(options.out, true);
	const reporter = isRoot ? reportSteps(workload(findings.sweep)) : SILENT;
	try {
		await measureAll({ connection, scan, findings, reporter, signal }, options);
	} finally {
		reporter.stop();
		if (isRoot) await report(findings, options.out);
	}
	return findings.isRight || !isRoot ? 0 : 1;
}

async function measureAll(job: Job, { input, dataSizes, out, sigma }: Options): Promise<void> {
	const { scan, findings, connection } = job;
	const isKnown = input === undefined && dataSizes === undefined;
	const scipy = isKnown ? await readScipyValues(new URL("ch2bet-gaussian.json", DATA), sigma) : undefined;
	for (const [dataIndex, shape] of findings.sweep.shapes.entries()) {
		const volume = fitted(scan, shape);
		const whole = connection.isRoot ? gaussian(volume, { sigma }, volume) : volume;
		findings.addSlice("original", () => midSlice(volume, scan.dimensionNames));
		for (const cell of findings.sweep.cells.filter((cell) => cell.dataIndex === dataIndex)) {
			await measure(cell, volume, { whole, scipy }, job);
			if (connection.isRoot) await findings.save(out);
		}
	}
}

/** Loads the volume, smooths it in every way, checks the results of the last test, and deletes what it made. */
async function measure(cell: Cell, volume: Volume, truth: Truth, job: Job): Promise<void> {
	const { findings, scan } = job;
	const { ntest } = findings.sweep;
	const judge = new Judge(truth);
	const original = await load(cell, volume, job);
	try {
		for (let test = 0; test < ntest; test++)
			for (const variant of VARIANTS) {
				const values = await smooth(original, { cell, variant, test }, job);
				if (values === undefined) continue;
				judge.look(variant, values);
				findings.addSlice(variant.name, () => midSlice(values, scan.dimensionNames));
			}
	} finally {
		await original.delete();
	}
	if (job.connection.isRoot) findings.checks.push(judge.verdict(cell));
}

async function load(cell: Cell, volume: Volume, job: Job): Promise<Dataset<"float32">> {
	const { connection, reporter, findings, signal } = job;
	const chunkShape = cell.shape.map(() => cell.chunkSize);
	const options = { data: volume, dtype: "float32", chunkShape, ifExists: "replace", signal } as const;
	const { result, seconds } = await reporter.step(stepOf(cell, "DATA"), (onProgress) =>
		connection.createDataset(`convolutions/${cell.chunkSize}`, { ...options, onProgress }),
	);
	findings.timings.add(cell, "DATA", seconds);
	return result;
}

interface Test {
	readonly cell: Cell;
	readonly variant: Variant;
	readonly test: number;
}

/** Smooths the dataset once. @returns the smoothed values where this is the last test of its kind */
async function smooth(
	original: Dataset<"float32">,
	{ cell, variant, test }: Test,
	job: Job,
): Promise<Volume | undefined> {
	const { connection, reporter, findings, signal } = job;
	const { sigma, ntest } = findings.sweep;
	const { name, passes } = variant;
	const made: Dataset<"float32">[] = [];
	try {
		const step = stepOf(cell, `${name} ${test + 1}/${ntest}`, passes);
		const { seconds } = await reporter.step(step, async (onProgress) => {
			for (let axis = 0; axis < passes; axis++) {
				const blur =
					passes === 1 ? kernel(KERNELS, "gaussian", { sigma }) : kernel(KERNELS, "gaussian1d", { sigma, axis });
				const options = { halo: haloOf(variant, axis, sigma), boundary: "reflect", ifExists: "replace" } as const;
				const source = made.at(-1) ?? original;
				made.push(await source.map(blur, `${original.name}-${name}-${axis}`, { ...options, signal, onProgress }));
			}
		});
		findings.timings.add(cell, name, seconds, test);
		return test + 1 === ntest && connection.isRoot ? await made.at(-1)?.get() : undefined;
	} finally {
		for (const dataset of made) await dataset.delete();
	}
}

function stepOf(
	{ shape, chunkSize }: Cell,
	what: string,
	passes = 1,
): { name: string; voxels: number; passes: number } {
	return { name: `${shapeName(shape)}/${chunkSize} ${what}`, voxels: product(shape), passes };
}

await run(main);
