import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { decode } from "fast-png";
import { connect } from "tesserae";
import { openHdf5, writeHdf5, writeNpy } from "tesserae/files";
import { afterAll, describe, expect, test } from "vitest";
import { isRight, Judge, type Truth } from "../../dist/examples/support/checks.js";
import { type Options, readOptions } from "../../dist/examples/support/convolution-options.js";
import { openPlace } from "../../dist/examples/support/place.js";
import { writeTimings } from "../../dist/examples/support/result-file.js";
import { type Cell, planSweep, VARIANTS } from "../../dist/examples/support/sweep.js";
import { Timings } from "../../dist/examples/support/timings.js";
import type { Volume } from "../../dist/examples/support/volume.js";
import { findPython } from "../files/python.js";

const PROGRAM = fileURLToPath(new URL("../../dist/examples/convolutions.js", import.meta.url));
const IMAGES = ["original.png", "smoothed.png", "seams.png"];
const COLUMNS = ["DATA", "3D", "1D", "3D+halo", "1D+halo"];
const CHARTS = ["timings.svg", "timings.png"];

const directory = mkdtempSync(join(tmpdir(), "convolutions-test-"));
afterAll(() => rmSync(directory, { recursive: true }));
const place = (name: string): string => join(directory, name);

interface Ended {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** Temporary files go where they would be noticed. */
const temporary = mkdtempSync(join(directory, "temporary-"));
const settings = { env: { ...process.env, TMPDIR: temporary }, cwd: directory };

/** Runs the program with these options. */
async function convolutions(options: string): Promise<Ended> {
	try {
		const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, ...options.split(" ")], settings);
		return { status: 0, stdout, stderr };
	} catch (error) {
		const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
		return { status: code, stdout, stderr };
	}
}

/** The dataset of a `result.h5`, read by the library itself. */
async function readResult(file: string, name: string) {
	const source = await openHdf5(file, { name });
	await using memory = await connect("ram:");
	const dataset = await memory.createDataset("result", { data: source });
	const { data } = await dataset.get();
	const at = (...index: number[]): number =>
		Number(data[index.reduce((offset, i, axis) => offset * (source.shape[axis] as number) + i, 0)]);
	return {
		shape: source.shape,
		dtype: source.dtype,
		attributes: source.attributes ?? {},
		data: [...data].map(Number),
		at,
	};
}

function optionsOf(line: string): Options {
	const options = readOptions(line.split(" "));
	if (options === undefined) throw new Error("help was not asked for");
	return options;
}

const size = (file: string) => {
	const { width, height } = decode(readFileSync(file));
	return [width, height];
};

/** True where the image is not grey throughout. */
const isColoured = (file: string): boolean => {
	const { data } = decode(readFileSync(file));
	return data.some((level, n) => n % 3 === 0 && level !== data[n + 1]);
};

test("the MRI volume as it is: right with halo, to scipy's values, seams without; a chunk size that does not fit is left out", async () => {
	const { status, stdout, stderr } = await convolutions(
		"--engine threads --workers 2 --chunk-sizes 64 256 --ntest 1 --out mri",
	);
	expect({ status, steps: stderr.trimEnd().split("\n").length }).toEqual({ status: 0, steps: 5 });
	expect(stdout).toMatch(/^181×217×181 +64 +9\.6 % +9\.6 % +0 +0 +0 +0$/m);
	const lines = stdout.split("\n").filter((line) => !line.startsWith("wrote "));
	expect(lines.filter((line) => line.length > 80)).toEqual([]);
	expect(IMAGES.map((name) => size(place(join("mri", name))))).toEqual(IMAGES.map(() => [543, 651]));
	expect(IMAGES.map((name) => isColoured(place(join("mri", name))))).toEqual([false, false, true]);
	const { shape, data, attributes } = await readResult(place("mri/result.h5"), "sqlite/2");
	expect(shape).toEqual([1, 2, 5, 1]);
	expect(data.map((seconds) => seconds > 0)).toEqual([true, true, true, true, true, false, false, false, false, false]);
	expect(data.slice(5)).toEqual(Array(5).fill(Number.NaN));
	expect(attributes.shapes).toEqual(["181x217x181"]);
});

test.each(["ram", "file"])(
	"worker processes give the bits of the whole volume in one piece, on %s",
	async (backend) => {
		const sizes = "--data-sizes 24 --chunk-sizes 16 --ntest 1";
		const { status, stdout } = await convolutions(
			`--backend ${backend} --engine cluster --workers 2 ${sizes} --out ${backend}`,
		);
		expect(status).toBe(0);
		expect(stdout).toContain(`${backend} · cluster, 2 workers`);
		expect(stdout).toMatch(/^24³ +16 .* +0 +0 +0 +–$/m);
	},
);

test("a sweep over cubes: result.h5 as DosNa lays it out, chart and images; another backend's timings stay in the file", async () => {
	const small = "--data-sizes 16 --chunk-sizes 16 --ntest 1 --out sweep";
	const other = await convolutions(`${small} --backend ram --engine threads --workers 3`);
	const { status } = await convolutions(
		"--data-sizes 24 40 --chunk-sizes 16 32 --ntest 2 --sigma 1 --out sweep --connection-options durability=none",
	);
	expect([other.status, status]).toEqual([0, 0]);
	const file = place("sweep/result.h5");
	expect(await readResult(file, "ram/3")).toMatchObject({ shape: [1, 1, 5, 1], attributes: { engine: "threads" } });
	const { shape, dtype, attributes, at, data } = await readResult(file, "sqlite/1");
	expect({ shape, dtype }).toEqual({ shape: [2, 2, 5, 2], dtype: "float32" });
	expect(attributes).toMatchObject({
		axis0_label: "Data Size",
		axis0_value: [24, 40],
		axis1_label: "Chunk Size",
		axis1_value: [16, 32],
		axis2_label: "Tests",
		axis2_value: COLUMNS,
		axis3_label: "# Tests",
		axis3_value: [0, 1],
		backend: "sqlite",
		engine: "sequential",
		workers: 1,
		sigma: 1,
		host: expect.stringMatching(/cores, .* GiB/),
		versions: expect.stringContaining(`"node":"${process.versions.node}"`),
	});
	// 24³ in chunks of 32 is the one cell that does not fit.
	expect(data.filter(Number.isNaN)).toHaveLength(10);
	expect(at(0, 1, 3, 0)).toBeNaN();
	expect(at(0, 0, 0, 0)).toBe(at(0, 0, 0, 1));
	const svg = readFileSync(place("sweep/timings.svg"), "utf8");
	for (const text of ["24³ voxels", "40³ voxels", "time (s)", "edge of the chunks (voxels)", "3 × 1-D, halo"])
		expect(svg).toContain(`>${text}<`);
	expect(size(place("sweep/timings.png"))).toEqual([1600, 936]);
	expect(size(place("sweep/original.png"))).toEqual([600, 600]);
	expect(readdirSync(place("sweep")).sort()).toEqual([...CHARTS, ...IMAGES, "engines.h5", "result.h5"].sort());
	await readByH5py(file);
});

test("engines stand side by side: in engines.h5, and in a chart once there are two of them", async () => {
	const run = "--backend file --data-sizes 24 --chunk-sizes 12 24 --ntest 1 --out side";
	const first = await convolutions(`${run} --engine sequential`);
	expect(first.stdout).not.toContain("engines.svg");
	const second = await convolutions(`${run} --engine threads --workers 2`);
	expect([first.status, second.status]).toEqual([0, 0]);
	expect(second.stdout).toContain("engines.h5, timings.svg, timings.png, engines.svg, engines.png");
	const file = place("side/engines.h5");
	for (const [engine, workers] of [
		["sequential", 1],
		["threads", 2],
	] as const)
		expect(await readResult(file, `file/${engine}/${workers}`)).toMatchObject({
			shape: [1, 2, 5, 1],
			attributes: { engine, workers },
		});
	const svg = readFileSync(place("side/engines.svg"), "utf8");
	for (const text of ["sequential, 1", "threads, 2", "24x24x24 / 12", "24x24x24 / 24"])
		expect(svg).toContain(`>${text}<`);
	expect(size(place("side/engines.png"))).toEqual([1800, 960]);
});

async function readByH5py(file: string): Promise<void> {
	const python = await findPython();
	if (python === undefined) return;
	const script = `import h5py, json
with h5py.File(${JSON.stringify(file)}) as file:
    dataset, attributes = file["sqlite/1"], file["sqlite/1"].attrs
    columns, sizes = attributes["axis2_value"], attributes["axis1_value"]
    print(json.dumps([list(file), str(dataset.dtype), dataset.shape, int((dataset[:] != dataset[:]).sum()),
        columns.dtype.kind, [name.decode() for name in columns], attributes["axis0_label"], sizes.tolist(), float(attributes["sigma"])]))`;
	const { stdout } = await promisify(execFile)(python, ["-c", script]);
	const values = ["float32", [2, 2, 5, 2], 10];
	expect(JSON.parse(stdout)).toEqual([["ram", "sqlite"], ...values, "S", COLUMNS, "Data Size", [16, 32], 1]);
}

test("timings of the same backend and workers are replaced, in whatever shape; a trial changes nothing", async () => {
	const file = place("again.h5");
	const setting = { backend: "sqlite", engine: "threads", workers: 2 };
	for (const [ntest, isTrial] of [
		[1, false],
		[4, true],
		[3, false],
	] as const) {
		const sweep = planSweep(optionsOf(`--data-sizes 32 --chunk-sizes 16 32 --ntest ${ntest}`), []);
		const timings = new Timings(sweep);
		for (const cell of sweep.cells) timings.add(cell, "DATA", ntest);
		await writeTimings(file, { sweep, timings, setting }, { isTrial });
		const kept = isTrial ? 1 : ntest;
		const { shape, attributes, at } = await readResult(file, "sqlite/2");
		expect({ shape, tests: attributes.axis3_value }).toEqual({
			shape: [1, 2, 5, kept],
			tests: [...Array(kept).keys()],
		});
		expect([at(0, 1, 0, kept - 1), at(0, 1, 1, 0)]).toEqual([kept, Number.NaN]);
	}
	expect(readdirSync(directory).filter((name) => name.startsWith("again"))).toEqual(["again.h5"]);
});

test("volumes of other files are read, whatever their type and their axes", async () => {
	const shape = [20, 24, 18];
	const data = Int16Array.from({ length: 20 * 24 * 18 }, (_, n) => (n * 7919) % 1009);
	await writeNpy(place("volume.npy"), { data, shape });
	await writeHdf5(place("volume.h5"), { data, shape }, undefined, { name: "/scan/volume" });
	const options = "--chunk-sizes 16 --ntest 1 --backend file";
	const runs = await Promise.all(
		["volume.npy", "volume.h5#/scan/volume"].map((input, n) =>
			convolutions(`${options} --input ${input} --out input-${n}`),
		),
	);
	for (const { status, stdout } of runs) {
		expect(status).toBe(0);
		expect(stdout).toMatch(/^20×24×18 +16 .* % .* % +0 +0 +0 +–$/m);
	}
	expect(size(place("input-0/smoothed.png"))).toEqual([18 * 25, 24 * 25]);
	expect(readFileSync(place("input-0/smoothed.png"))).toEqual(readFileSync(place("input-1/smoothed.png")));
});

test("Ctrl-C keeps what was measured, and leaves no datasets behind", async () => {
	const options = "--data-sizes 32 128 --chunk-sizes 32 --ntest 2 --out interrupted --connection store.sqlite";
	const child = spawn(process.execPath, [PROGRAM, ...options.split(" ")], settings);
	const ended = new Promise((resolve) => child.once("close", resolve));
	const lines: string[] = [];
	for await (const line of createInterface(child.stderr)) {
		lines.push(line);
		if (line.includes("128³/32 3D 1/2")) child.kill("SIGINT");
	}
	expect(await ended).toBe(130);
	expect(lines.at(-1)).toBe("interrupted");
	const { at, data } = await readResult(place("interrupted/result.h5"), "sqlite/1");
	expect(data.slice(0, 10).every((seconds) => seconds > 0)).toBe(true);
	expect([at(1, 0, 0, 0) > 0, at(1, 0, 1, 0) > 0]).toEqual([true, true]);
	expect(at(1, 0, 4, 1)).toBeNaN();
	expect([...CHARTS, ...IMAGES].filter((name) => !existsSync(place(join("interrupted", name))))).toEqual([]);
	await using store = await connect(`sqlite:${place("store.sqlite")}`, { mode: "r" });
	for await (const name of store.datasets({ recursive: true })) expect.fail(`${name} was left behind`);
});

describe("what came out is judged", () => {
	const [cell] = planSweep(optionsOf("--chunk-sizes 2"), [2, 2, 2]).cells as [Cell];
	const whole = { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [2, 2, 2] };
	const wrong = { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8.01), shape: [2, 2, 2] };
	const scipy = { sigma: 1, voxels: [[1, 1, 1, 8]] } as const;
	const judged = (truth: Truth, results: { readonly [variant: string]: Volume }): boolean => {
		const judge = new Judge(truth);
		for (const variant of VARIANTS) judge.look(variant, results[variant.name] ?? whole);
		return isRight(judge.verdict(cell));
	};

	test("seams without halo are no failure", () => {
		expect(judged({ whole, scipy }, { "3D": wrong, "1D": wrong })).toBe(true);
	});

	test.each(["3D+halo", "1D+halo"])("a wrong voxel of %s is one", (name) => {
		expect(judged({ whole, scipy }, { [name]: wrong })).toBe(false);
	});

	test("values that are not scipy's are one, however much they agree", () => {
		expect(judged({ whole: wrong, scipy }, { "3D+halo": wrong, "1D+halo": wrong })).toBe(false);
	});
});

describe("the options", () => {
	test.each([
		["--nonsense", /nonsense/],
		["extra", /too many arguments/],
		["--sigma=-1", /--sigma takes a number above 0, not "-1"/],
		["--chunk-sizes 32 x", /--chunk-sizes takes .* not "x"/],
		["--data-sizes 64 1.5", /--data-sizes takes whole numbers, not "1.5"/],
		["--data-sizes", /argument missing/],
		["--ntest 0", /--ntest takes a number above 0/],
		["--connection-options durability", /--connection-options takes key=value/],
		["--input scan.mgz", /--input scan.mgz: the ending tells the format/],
	])("%s is wrong usage", (options, message) => {
		expect(() => optionsOf(options)).toThrow(message);
	});

	test("take lists in words or with commas, and values as what they look like", () => {
		const options = "--chunk-sizes 16 32,48 --connection-options a=1 b=true c=1MiB=2 --engine threads";
		expect(optionsOf(options)).toMatchObject({
			chunkSizes: [16, 32, 48],
			connect: { a: 1, b: true, c: "1MiB=2", engine: "threads" },
			dataSizes: undefined,
			sigma: 1.5,
			ntest: 3,
		});
	});

	test("that name two places are wrong", async () => {
		await expect(openPlace("ram", "file:here")).rejects.toThrow(/name two places/);
	});

	test("whose chunk sizes are all too large are wrong", () => {
		const options = optionsOf("--chunk-sizes 64 --data-sizes 32");
		expect(() => planSweep(options, [64, 64, 64])).toThrow(/all are larger/);
	});
});

describe.concurrent("a failure is one line on stderr", () => {
	writeFileSync(place("occupied"), "");
	writeFileSync(place("damaged.npy"), "nothing of the kind");
	mkdirSync(place("taken"));
	writeFileSync(place("taken/result.h5"), "nothing of the kind");

	test.each([
		["--nonsense", 2, /nonsense/],
		["--backend nosuch", 2, /there is no backend "nosuch"/],
		["--input damaged.npy", 1, /damaged.npy/],
		["--out occupied", 1, /occupied/],
		["--out taken", 1, /result.h5 cannot be written: .*signature/],
	])("%s: status %i", async (options, status, message) => {
		const ended = await convolutions(options);
		expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status, stdout: "" });
		expect(ended.stderr).toMatch(message);
		expect(ended.stderr.trimEnd()).not.toContain("\n");
	});

	test("other than three axes", async () => {
		await writeNpy(place("flat.npy"), { data: new Float32Array(12), shape: [3, 4] });
		const { status, stderr } = await convolutions("--input flat.npy");
		expect({ status, stderr }).toEqual({
			status: 1,
			stderr: "flat.npy has shape [3, 4]: a volume has three axes, none of them empty\n",
		});
	});
});

test("--help explains every option, and nothing temporary is left", async () => {
	const { status, stdout } = await convolutions("--help");
	expect(status).toBe(0);
	const options =
		"backend connection connection-options engine workers input data-sizes chunk-sizes sigma ntest out help";
	for (const option of options.split(" ")) expect(stdout).toContain(`--${option} `);
	expect(readdirSync(temporary)).toEqual([]);
});

test("on ranks it finds what it finds on one thread, and one of them tells it", async () => {
	const program = fileURLToPath(new URL("../../dist/apps/cli/index.js", import.meta.url));
	const sweep = "--data-sizes 40 --chunk-sizes 16 40 --ntest 1".split(" ");
	const alone = await convolutions(`${sweep.join(" ")} --out ${place("alone")}`);
	const ranks = [program, "ranks", "-n", "3", PROGRAM, ...sweep, "--engine", "ranks", "--workers", "3"];
	const { stdout, stderr } = await promisify(execFile)(process.execPath, [...ranks, "--out", place("ranks")], settings);
	expect(stdout).toContain("sqlite · ranks, 3 workers");
	const checks = (text: string): string => text.slice(text.indexOf("Against the whole"), text.indexOf("wrote"));
	expect(checks(stdout)).toBe(checks(alone.stdout));
	expect(stderr.trim().split("\n")).toHaveLength(10);
	for (const image of IMAGES)
		expect(readFileSync(join(place("ranks"), image))).toEqual(readFileSync(join(place("alone"), image)));
	const { attributes } = await readResult(join(place("ranks"), "result.h5"), "sqlite/3");
	expect(attributes).toMatchObject({ engine: "ranks" });
	expect(readdirSync(temporary)).toEqual([]);
});
