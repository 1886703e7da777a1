import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { file } from "tesserae/backends/file";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kill, killAll, runScript, startScript } from "./children.js";
import { checkable, isWhole } from "./processes/checkable.mjs";
import { type Scratch, scratch } from "./scratch.js";

const KEYS = Array.from({ length: 8 }, (_, i) => `data/c/${i % 2}/${i}`);
/** Each is a process of 0.1 s, so there are only some of them here; .ci/run kills 200. */
const KILLS = Number(process.env.TESSERAE_KILLS ?? 16);
const WRITERS = 4;

let place: Scratch;

beforeEach(async () => {
	place = await scratch();
});

afterEach(async () => {
	await killAll();
	await place.remove();
});

function increments(path: string, key: string, times: number): Promise<string> {
	return runScript("increment", [path, key, String(times)]);
}

test("four processes that reach one counter through different roots lose no increment", async () => {
	const backend = file({ path: place.path, durability: "none" });
	await backend.put("group/data/c/0/0", new TextEncoder().encode("0"));
	await Promise.all([
		increments(place.path, "group/data/c/0/0", 100),
		increments(join(place.path, "group"), "data/c/0/0", 100),
		increments(join(place.path, "group", "data"), "c/0/0", 100),
		increments(join(place.path, "group", "data", "c", "0"), "0", 100),
	]);
	const counter = await backend.get("group/data/c/0/0");
	expect(new TextDecoder().decode(counter?.parts[0])).toBe("400");
	await backend.close();
	expect(await readdir(join(place.path, "group", "data"))).toEqual(["c"]);
});

test("four threads of one process lose no increment", async () => {
	const backend = file({ path: place.path, durability: "none" });
	await backend.put("counter", new TextEncoder().encode("0"));
	const script = new URL("./processes/increment.mjs", import.meta.url);
	const threads = [1, 2, 3, 4].map(() => new Worker(script, { argv: [place.path, "counter", "100"] }));
	const ends = threads.map(
		(thread) => new Promise((resolve, reject) => thread.on("exit", resolve).on("error", reject)),
	);
	expect(await Promise.all(ends)).toEqual([0, 0, 0, 0]);
	const counter = await backend.get("counter");
	expect(new TextDecoder().decode(counter?.parts[0])).toBe("400");
	await backend.close();
});

test("killed writers leave every object whole, no lock held, and litter that is not listed", {
	timeout: 180_000,
}, async () => {
	const backend = file({ path: place.path, durability: "none" });
	for (const key of KEYS) await backend.put(key, checkable(10, 1));
	let kills = 0;
	const lane = async (): Promise<void> => {
		while (kills++ < KILLS) {
			const writer = await startScript("overwrite", [place.path]);
			await setTimeout(Math.random() * 10);
			await kill(writer);
			for (const key of KEYS) expect(isWhole((await backend.get(key))?.parts[0] ?? new Uint8Array())).toBe(true);
			const start = performance.now();
			await backend.put("data/zarr.json", new Uint8Array(5));
			expect(performance.now() - start).toBeLessThan(5_000);
		}
	};
	await Promise.all(Array.from({ length: WRITERS }, lane));
	const listed: string[] = [];
	for await (const { key } of backend.list("")) listed.push(key);
	expect(listed.sort()).toEqual([...KEYS, "data/zarr.json"].sort());
	await backend.close();
});

test("what a killed writer left is cleared after an hour by the next writer, what is younger is not", async () => {
	const backend = file({ path: place.path, durability: "none" });
	await backend.put("data/c/0", checkable(10, 1));
	const litter = [".tesserae.tmp-old", ".tesserae.tmp-young"].map((name) => join(place.path, "data", "c", name));
	for (const path of litter) await writeFile(path, "half of an obj");
	const longAgo = Date.now() / 1000 - 2 * 3600;
	await utimes(litter[0] as string, longAgo, longAgo);
	await backend.put("data/c/1", checkable(10, 1));
	await backend.close();
	const next = file({ path: place.path, durability: "none" });
	await next.put("data/c/0", checkable(10, 2));
	await next.close();
	expect((await readdir(join(place.path, "data", "c"))).sort()).toEqual([".tesserae.tmp-young", "0", "1"]);
});
