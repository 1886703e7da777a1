/** What the convolution benchmark tells in the end: tables on stdout, and files. */
import { join } from "node:path";
import { gaussianHalo } from "../kernels/gaussian.js";
import { type Check, isRight } from "./checks.js";
import { type Comparison, TOLERANCE } from "./compare.js";
import { type Measured, readEngineTimings, type Setting, writeTimings } from "./result-file.js";
import { type Slice, writeDifference, writeGrey } from "./slices.js";
import { type Cell, type Sweep, shapeName } from "./sweep.js";
import { table } from "./table.js";
import { COLUMNS, median, Timings } from "./timings.js";

/** All that a run of the benchmark has found so far. */
export class Findings implements Measured {
	readonly sweep: Sweep;
	readonly setting: Setting;
	readonly timings: Timings;
	readonly checks: Check[] = [];
	/** Middle slices of the first cell: the `original` and the variants by name. */
	readonly slices: Map<string, Slice> = new Map();

	constructor(sweep: Sweep, setting: Setting) {
		this.sweep = sweep;
		this.setting = setting;
		this.timings = new Timings(sweep);
	}

	/** True where every cell was measured and is right. */
	get isRight(): boolean {
		return this.checks.length === this.sweep.cells.length && this.checks.every(isRight);
	}

	/** Keeps the first slice of that name. */
	addSlice(name: string, slice: () => Slice): void {
		if (!this.slices.has(name)) this.slices.set(name, slice());
	}

	/** Writes `result.h5`; as a trial only looks whether it could. */
	async save(directory: string, isTrial = false): Promise<void> {
		await writeTimings(join(directory, "result.h5"), this, { isTrial });
	}
}

/** Prints the tables and writes `result.h5`, the chart and the images of what was measured, if anything was. */
export async function report(findings: Findings, directory: string): Promise<void> {
	if (findings.timings.isEmpty) return;
	await findings.save(directory);
	// Loaded only now: it takes longer than all the rest of the program.
	const { writeChart } = await import("./timings-chart.js");
	await writeChart(join(directory, "timings"), findings);
	const { writeEnginesChart } = await import("./engines-chart.js");
	const sideBySide = join(directory, "engines.h5");
	await writeTimings(sideBySide, findings, { layout: "engines" });
	const engines = await readEngineTimings(sideBySide, findings.setting.backend);
	const compares = await writeEnginesChart(join(directory, "engines"), findings, engines);
	const charts = ["engines.h5", "timings.svg", "timings.png", ...(compares ? ["engines.svg", "engines.png"] : [])];
	const images = await writeImages(findings, directory);
	console.log(describe(findings));
	console.log(`wrote ${["result.h5", ...charts, ...images].join(", ")} to ${directory}`);
	const wrong = findings.checks.filter((check) => !isRight(check));
	if (wrong.length === 0) return;
	const cells = wrong.map(({ cell }) => nameOf(cell).join(" in chunks of "));
	console.error(`WRONG: an error is over ${TOLERANCE} for ${cells.join(", ")}`);
}

function describe({ sweep, setting, timings, checks }: Findings): string {
	const { backend, engine, workers } = setting;
	const { sigma, ntest, cells } = sweep;
	const rows = cells.map((cell) => [
		...nameOf(cell),
		...COLUMNS.map((name) => inSeconds(median(timings.of(cell, name)))),
	]);
	const run = `${backend} · ${engine}, ${workers} worker${workers === 1 ? "" : "s"}`;
	return `Gaussian of σ ${sigma} (halo ${gaussianHalo(sigma)}) · ${run}

Seconds, median of ${ntest}; DATA is creating and loading, 1D three passes

${table([["volume", "chunk", ...COLUMNS], ...rows])}
${checks.length === 0 ? "" : describeChecks(checks)}`;
}

function describeChecks(checks: readonly Check[]): string {
	const rows = checks.map(({ cell, variants, between, scipy }) => [
		...nameOf(cell),
		...["3D", "1D"].map((name) => inPercent(variants.get(name))),
		...[variants.get("3D+halo"), variants.get("1D+halo"), between, scipy].map(inExponents),
	]);
	return `
Against the whole volume in one piece: wrong voxels without halo (off by more
than ${TOLERANCE} of the largest value), and with halo max |a − b| / max |b|

${table([["volume", "chunk", "3D", "1D", "3D+halo", "1D+halo", "3D−1D", "scipy"], ...rows])}
${checks.every(isRight) ? `\nright: with halo every error is at most ${TOLERANCE}` : ""}`;
}

function nameOf({ shape, chunkSize }: Cell): string[] {
	return [shapeName(shape), String(chunkSize)];
}

function inSeconds(seconds: number): string {
	return Number.isNaN(seconds) ? "–" : seconds.toFixed(3);
}

function inPercent(comparison: Comparison | undefined): string {
	return comparison === undefined ? "–" : `${(100 * comparison.wrong).toFixed(1)} %`;
}

/** An error of exactly nothing is worth telling from a small one. */
function inExponents(comparison: Comparison | undefined): string {
	if (comparison === undefined) return "–";
	return comparison.error === 0 ? "0" : comparison.error.toExponential(1);
}

/** Writes the middle slice of the volume, smoothed with halo, and without halo with its seams in red. */
async function writeImages({ slices }: Findings, directory: string): Promise<string[]> {
	const [original, smoothed, seams] = ["original", "3D+halo", "3D"].map((name) => slices.get(name));
	if (original === undefined || smoothed === undefined || seams === undefined) return [];
	await writeGrey(join(directory, "original.png"), original);
	await writeGrey(join(directory, "smoothed.png"), { ...smoothed, range: original.range });
	await writeDifference(join(directory, "seams.png"), { ...seams, range: original.range }, smoothed);
	return ["original.png", "smoothed.png", "seams.png"];
}
