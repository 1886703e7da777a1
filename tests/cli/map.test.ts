import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, kernel } from "tesserae";
import { expect, it } from "vitest";
import { output, start, temporaryDirectory, tesserae } from "./command-line.js";

const KERNELS = `
export function scale(block, { by }) {
	return { data: Float64Array.from(block.data, (value) => value * by), shape: block.shape };
}
export function left(block, _, { shape: [n] }) {
	return { data: Int32Array.from({ length: n }, (_, i) => block.get(i)), shape: [n] };
}
export function add(block, _, { inputs, shape }) {
	return { data: Int32Array.from(block.data, (value, i) => value + inputs.other.data[i]), shape };
}
export function fail(block, _, { coords }) {
	if (coords[0] === 2) throw new Error("it is\\ntoo much");
	return block;
}
export async function wait(block, _, { coords }) {
	const { existsSync } = await import("node:fs");
	if (coords[0] > 0 && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 100_000));
	return block;
}
export async function hang(block, _, { coords }) {
	if (coords[0] > 0) await new Promise((resolve) => setTimeout(resolve, 100_000));
	return block;
}
`;

/** A store with 0 … 9 in chunks of 4, and kernels beside it. */
async function place(): Promise<string> {
	const cwd = await temporaryDirectory();
	await writeFile(join(cwd, "kernels.mjs"), KERNELS);
	const con = await connect(`file:${cwd}/s.zarr`, { durability: "none" });
	const data = Int32Array.from({ length: 10 }, (_, i) => i);
	await con.createDataset("a", { data, chunkShape: [4], dimensionNames: ["x"] });
	await con.close();
	return cwd;
}

async function valuesOf(cwd: string, name: string): Promise<unknown[]> {
	const con = await connect(`file:${cwd}/s.zarr`, { mode: "r" });
	const dataset = await con.getDataset(name);
	const { data } = await dataset.get();
	await con.close();
	expect(dataset).toMatchObject({ attributes: {}, dimensionNames: ["x"] });
	return [...data];
}

it("maps by a module that is named from where one is, with parameters, halo, inputs and engines", async () => {
	const cwd = await place();
	const map = (to: string, ...args: string[]): Promise<string> =>
		output(["map", "s.zarr#a", `s.zarr#${to}`, ...args], { cwd });
	const threads = ["--engine", "threads", "--workers", "2"];
	const scale = ["--kernel", "./kernels.mjs:scale", "--params", '{"by": 0.5}', "--dtype", "float64", "--chunks", "3"];
	const left = ["--kernel", "kernels.mjs:left", "--halo", "1", "--boundary", "constant", "--boundary-value", "-7"];
	const [told] = await Promise.all([
		map("g/half", ...scale, "--json"),
		map("left", ...left, ...threads),
		map("twice", "--kernel", join(cwd, "kernels.mjs:add"), "--input", "other=s.zarr#a"),
	]);
	expect(JSON.parse(told)).toMatchObject({ name: "g/half", dtype: "float64", chunkShape: [3], attributes: {} });
	expect(await valuesOf(cwd, "g/half")).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]);
	expect(await valuesOf(cwd, "left")).toEqual([-7, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
	expect(await valuesOf(cwd, "twice")).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
});

it("says what is wrong, and leaves nothing behind", async () => {
	const cwd = await place();
	const cases: readonly (readonly [number, RegExp, ...string[]])[] = [
		[1, /KERNEL_FAILED: .*chunk \[2\].*it is too much/, "s.zarr#b", "./kernels.mjs:fail"],
		[1, /KERNEL_FAILED: .*kernels\.mjs has no function "none"/, "s.zarr#b", "./kernels.mjs:none"],
		[1, /KERNEL_FAILED: .*none\.mjs cannot be imported/, "s.zarr#b", "./none.mjs:scale"],
		[1, /INVALID_ARGUMENT: .*map reads "a"/, "s.zarr#a", "./kernels.mjs:fail"],
		[1, /UNSUPPORTED: .*t\.sqlite.*s\.zarr.*cp/, "t.sqlite#b", "./kernels.mjs:fail"],
		[1, /NOT_FOUND: .*"none"/, "s.zarr#b", "./kernels.mjs:add", "--input", "other=s.zarr#none"],
		[2, /USAGE: .*MODULE:NAME/, "s.zarr#b", "./kernels.mjs"],
		[2, /USAGE: .*names no dataset/, "s.zarr", "./kernels.mjs:fail"],
		[2, /USAGE: .*JSON object/, "s.zarr#b", "./kernels.mjs:fail", "--params", "[1]"],
	];
	// All at once, so each into a place of its own.
	const runs = await Promise.all(
		cases.map(([, , to, kernel, ...args], n) =>
			tesserae(["map", "s.zarr#a", (to as string).replace("#b", `#b${n}`), "--kernel", kernel as string, ...args], {
				cwd,
			}),
		),
	);
	for (const [n, [status, message]] of cases.entries())
		expect(runs[n]).toEqual({ status, stdout: "", stderr: expect.stringMatching(message) });
	expect(runs.every(({ stderr }) => stderr.endsWith("\n") && stderr.indexOf("\n") === stderr.length - 1)).toBe(true);
	expect((await readdir(join(cwd, "s.zarr"))).sort()).toEqual(["a", "zarr.json"]);
	expect((await readdir(cwd)).sort()).toEqual(["kernels.mjs", "s.zarr"]);
});

it("marks a destination that was left by a killed map", async () => {
	const cwd = await place();
	const child = start(["map", "s.zarr#a", "s.zarr#b", "--kernel", "./kernels.mjs:hang"], { cwd });
	const closed = once(child, "close");
	const isBegun = async (): Promise<boolean> =>
		(await readdir(join(cwd, "s.zarr/b")).catch(() => [] as string[])).includes("zarr.json");
	while (!(await isBegun())) await new Promise(setImmediate);
	child.kill("SIGKILL");
	await closed;
	const { status, stdout } = await tesserae(["verify", "s.zarr#b"], { cwd });
	expect([status, stdout]).toEqual([1, expect.stringMatching(/unfinished\tb\/zarr\.json\t.*s\.zarr#a/)]);
	const again = ["map", "s.zarr#a", "s.zarr#b", "--kernel", "./kernels.mjs:add", "--input", "other=s.zarr#a"];
	await output([...again, "--if-exists", "replace"], { cwd });
	expect(await valuesOf(cwd, "b")).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
});

it("goes on with a map that was killed, and with one that failed where that was to stay", async () => {
	const cwd = await place();
	const args = ["map", "s.zarr#a", "s.zarr#b", "--kernel", "./kernels.mjs:wait", "-O", "concurrency=1"];
	const child = start(args, { cwd });
	const closed = once(child, "close");
	const isBegun = async (): Promise<boolean> =>
		(await readdir(join(cwd, "s.zarr/b/c")).catch(() => [] as string[])).includes("0");
	while (!(await isBegun())) await new Promise(setImmediate);
	child.kill("SIGKILL");
	await closed;
	const other = ["map", "s.zarr#a", "s.zarr#b", "--kernel", "./kernels.mjs:fail", "--resume"];
	expect((await tesserae(other, { cwd })).stderr).toMatch(
		/INVALID_ARGUMENT.*kernels\.mjs:wait, not .*kernels\.mjs:fail/,
	);
	expect((await tesserae([...other, "--if-exists", "replace"], { cwd })).status).toBe(2);
	await writeFile(join(cwd, "go"), "");
	await output([...args, "--resume"], { cwd });
	expect(await valuesOf(cwd, "b")).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
	const failing = [...other.with(2, "s.zarr#c"), "-O", "concurrency=1"];
	expect((await tesserae(failing, { cwd })).stderr).toMatch(/KERNEL_FAILED/);
	expect(await readdir(join(cwd, "s.zarr/c/c"))).toEqual(["0", "1"]);
});

it("reads nothing that an apply has left half changed", async () => {
	const cwd = await place();
	const kernelOf = kernel(new URL(`file://${cwd}/kernels.mjs`), "fail");
	const con = await connect(`file:${cwd}/s.zarr`, { durability: "none", concurrency: 1 });
	const dataset = await con.getDataset("a");
	await expect(dataset.apply(kernelOf)).rejects.toMatchObject({ code: "KERNEL_FAILED" });
	await con.close();
	for (const args of [
		["cp", "s.zarr#a", "a.npy"],
		["map", "s.zarr#a", "s.zarr#b", "--kernel", "./kernels.mjs:hang"],
	])
		expect((await tesserae(args, { cwd })).stderr).toMatch(/CONFLICT.*itself unfinished.*kernels\.mjs:fail/);
	const { status, stdout } = await tesserae(["verify", "s.zarr#a"], { cwd });
	expect([status, stdout]).toEqual([
		1,
		expect.stringMatching(/unfinished\ta\/\.tesserae\/apply\/ledger\.json\t.*kernels\.mjs:fail/),
	]);
});

it("says by its options what to do where there is nothing to go on with", async () => {
	const cwd = await place();
	const args = ["map", "s.zarr#a", "s.zarr#b", "--kernel", "./kernels.mjs:left", "--halo", "1"];
	await output(args, { cwd });
	expect((await tesserae([...args, "--resume"], { cwd })).stderr).toContain(
		"give --if-exists replace in place of --resume",
	);
});
