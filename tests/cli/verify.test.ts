import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "tesserae";
import { expect, it } from "vitest";
import { temporaryDirectory, tesserae } from "./command-line.js";

async function makeStore(target: string): Promise<void> {
	const con = await connect(target, { durability: "none" });
	const data = { data: Int32Array.from({ length: 64 }, (_, i) => i + 1), shape: [8, 8] };
	for (const name of ["good", "g/bad", "g/lengths"])
		await con.createDataset(name, { data, chunkShape: [4, 8], codecs: name === "g/lengths" ? ["bytes"] : undefined });
	await con.close();
}

it("verifies a store, a group and a dataset", async () => {
	const cwd = await temporaryDirectory();
	await Promise.all([makeStore(`file:${cwd}/s.zarr`), makeStore(`sqlite:${cwd}/s.sqlite`)]);
	const places = ["s.zarr", "s.sqlite#g", "s.zarr#good", "s.zarr#none", "s.zarr#good[0]", "none.zarr"];
	const engine = ["--engine", "threads", "--workers", "2"];
	const runs = await Promise.all(
		places.map((place, n) => tesserae(["verify", place, ...(n === 0 ? engine : [])], { cwd })),
	);
	expect(runs.map(({ status }) => status)).toEqual([0, 0, 0, 1, 2, 1]);
	const lines = runs.map(({ stdout }) =>
		stdout
			.trim()
			.split("\n")
			.map((line) => line.split("\t")),
	);
	expect(lines[0]?.map((cells) => cells.with(3, ""))).toEqual([
		["g/bad", "2", "0", "", "yes", "ok"],
		["g/lengths", "2", "0", "", "lengths only", "ok"],
		["good", "2", "0", "", "yes", "ok"],
	]);
	expect(lines[1]?.map(([name]) => name)).toEqual(["g/bad", "g/lengths"]);
	expect(lines[2]?.length).toBe(1);
	expect(runs[3]?.stderr).toMatch(/^tesserae: NOT_FOUND: .*"none"/);
});

it("tells every fault, also of what cannot be opened, and ends with status 1", async () => {
	const cwd = await temporaryDirectory();
	await makeStore(`file:${cwd}/s.zarr`);
	const at = (name: string): string => join(cwd, "s.zarr", name);
	const chunk = await readFile(at("g/bad/c/0/0"));
	chunk[chunk.length - 1] = (chunk.at(-1) as number) ^ 1;
	await writeFile(at("g/bad/c/0/0"), chunk);
	await writeFile(at("g/lengths/c/1/0"), Buffer.alloc(127));
	await writeFile(at("g/lengths/stray\u001b[31m"), "?");
	const metadata = await readFile(at("good/zarr.json"), "utf8");
	await writeFile(at("good/zarr.json"), metadata.replace('"zstd"', '"nope"'));
	const [text, json] = await Promise.all([[], ["--json"]].map((o) => tesserae(["verify", "s.zarr", ...o], { cwd })));
	expect(text?.status).toBe(1);
	expect(text?.stderr).toMatch(/^tesserae: CORRUPT: found 4 faults in 3 of 3 datasets of file:.*s\.zarr\n$/);
	const faults = text?.stdout
		.trim()
		.split("\n")
		.slice(3)
		.map((line) => line.split("\t"));
	expect(faults?.map(([kind, key]) => [kind, key])).toEqual([
		["corrupt", "g/bad/c/0/0"],
		["truncated", "g/lengths/c/1/0"],
		["orphaned", "g/lengths/stray\\u001b[31m"],
		["unreadable", "good/zarr.json"],
	]);
	expect(faults?.at(-1)?.[2]).toMatch(/nope/);
	const report = JSON.parse(json?.stdout ?? "");
	expect(report).toMatchObject({
		ok: false,
		datasets: [{ dataset: "g/bad", stored: 2 }, { ok: false }, { dataset: "good" }],
	});
	expect(report.datasets[0].findings).toMatchObject([{ kind: "corrupt", chunk: [0, 0], bytes: chunk.length }]);
});

it("tells what a repair would do, does it, and says what is left", async () => {
	const cwd = await temporaryDirectory();
	await makeStore(`file:${cwd}/s.zarr`);
	const at = (name: string): string => join(cwd, "s.zarr", name);
	await writeFile(at("g/bad/c/0/0"), "no chunk");
	for (const key of ["g/bad/c/0/7", "good/old"]) await writeFile(at(key), "?");
	await rm(at("g/zarr.json"));
	const dry = await tesserae(["verify", "s.zarr", "--dry-run"], { cwd });
	const lines = dry.stdout
		.trim()
		.split("\n")
		.map((line) => line.split("\t"));
	expect([dry.status, lines.slice(-4).map(([how, key]) => `${how} ${key}`)]).toEqual([
		1,
		["keep g/bad/c/0/0", "would delete g/bad/c/0/7", "would delete good/old", "would restore g/zarr.json"],
	]);
	const repaired = await tesserae(["verify", "s.zarr", "--repair", "--json"], { cwd });
	const report = JSON.parse(repaired.stdout);
	expect([repaired.status, repaired.stderr]).toEqual([1, expect.stringMatching(/left 1 fault in 1 of 3 datasets/)]);
	expect(report.repairs).toMatchObject([{ action: "restore", key: "g/zarr.json", outcome: "done" }]);
	expect(report.datasets[0].repairs.map(({ outcome }: { outcome: string }) => outcome)).toEqual(["kept", "done"]);
	const [refused, dropped] = await Promise.all(
		[[], ["--repair"]].map((o) => tesserae(["verify", "s.zarr", "--drop-corrupt", ...o], { cwd })),
	);
	expect([refused?.status, dropped?.status, dropped?.stderr]).toEqual([2, 0, ""]);
	expect((await tesserae(["verify", "s.zarr", "--complete"], { cwd })).stdout).toMatch(/\nmissing\tg\/bad\/c\/0\/0\t/);
});
