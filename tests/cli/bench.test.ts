import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "tesserae";
import { expect, it } from "vitest";
import { asProcess, start, temporaryDirectory, tesserae } from "./command-line.js";

const SMALL = ["--size", "64KiB", "--rounds", "2"];

interface Row {
	readonly backend: string;
	readonly engine: string;
	readonly task: string;
	readonly bytes: number;
	readonly seconds: readonly number[];
	readonly medianSeconds: number;
	readonly bytesPerSecond: number;
}

it("measures the usual stores in a temporary place, which it removes", async () => {
	const cwd = await temporaryDirectory();
	const temporary = join(cwd, "tmp");
	await mkdir(temporary);
	const run = await asProcess(["bench", ...SMALL, "--json", "--dtype", "int64", "--chunks", "8"], {
		cwd,
		env: { TMPDIR: temporary },
	});
	expect([run.status, run.stderr]).toEqual([0, ""]);
	const { measured, size } = JSON.parse(run.stdout) as { measured: Row[]; size: number };
	expect(size).toBe(65536);
	const tasks = ["write", "read", "partial read", "partial write", "sum", "copy"];
	const pairs = ["ram", "sqlite", "file"].flatMap((backend) =>
		["sequential", "threads", "cluster"].flatMap((engine) => tasks.map((task) => [backend, engine, task, 2])),
	);
	expect(measured.map(({ backend, engine, task, seconds }) => [backend, engine, task, seconds.length])).toEqual(pairs);
	for (const { task, bytes, seconds, medianSeconds, bytesPerSecond } of measured) {
		expect(bytes).toBe(task.startsWith("partial") ? 32 * 2 ** 3 * 8 : 20 ** 3 * 8);
		expect(medianSeconds).toBe((Math.min(...seconds) + Math.max(...seconds)) / 2);
		expect(bytesPerSecond).toBe(bytes / medianSeconds);
	}
	expect([await readdir(temporary), await readdir(cwd)]).toEqual([[], ["tmp"]]);
});

it("measures one's own store and leaves it as it was, also after Ctrl-C; and refuses what it cannot measure", async () => {
	const cwd = await temporaryDirectory();
	const con = await connect(`file:${cwd}/s.zarr`);
	await con.createDataset("mine", { data: 1 });
	await con.close();
	const run = await tesserae(["bench", "s.zarr", ...SMALL, "--engine", "sequential"], { cwd });
	expect(run).toMatchObject({ status: 0, stderr: "" });
	expect(run.stdout.split("\n").map((line) => line.split("\t").slice(0, 3).join())).toEqual([
		...["write", "read", "partial read", "partial write", "sum", "copy"].map((task) => `file,sequential,${task}`),
		"",
	]);
	const child = start(["bench", "s.zarr", "--size", "1MiB", "--rounds", "1000", "--chunks", "8"], { cwd });
	const closed = once(child, "close");
	while ((await readdir(join(cwd, "s.zarr"))).length < 3) await new Promise(setImmediate);
	child.kill("SIGINT");
	expect(await closed).toEqual([130, null]);
	expect((await readdir(join(cwd, "s.zarr"))).sort()).toEqual(["mine", "zarr.json"]);
	const wrong = [["none.zarr"], ["s.zarr#mine"], ["s.zarr", "--size", "much"], ["s.zarr", "--codecs", "nope"]];
	const refused = await Promise.all(wrong.map((args) => tesserae(["bench", ...args, "--rounds", "1"], { cwd })));
	expect(refused.map(({ status }) => status)).toEqual([1, 2, 2, 1]);
	expect((await readdir(join(cwd, "s.zarr"))).sort()).toEqual(["mine", "zarr.json"]);
});

it("measures one engine, with so many workers, on the stores that it works on", async () => {
	const cwd = await temporaryDirectory();
	const measured = async (...args: string[]): Promise<string[]> => {
		const { stdout, stderr, status } = await asProcess(["bench", ...SMALL, "--json", ...args], { cwd });
		expect([status, stderr]).toEqual([0, ""]);
		const rows = (JSON.parse(stdout) as { measured: Row[] }).measured;
		return [...new Set(rows.map(({ backend, engine }) => `${backend} × ${engine}`))];
	};
	expect(await measured("--engine", "cluster", "--workers", "1")).toEqual(
		["ram", "sqlite", "file"].map((backend) => `${backend} × cluster`),
	);
	expect(await measured("--engine", "ranks")).toEqual(["sqlite × ranks", "file × ranks"]);
});
