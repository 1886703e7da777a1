/** What repairs do, on every store, and that nothing is repaired away that somebody wrote meanwhile. */
import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
	type Backend,
	type Connection,
	connect,
	type Dataset,
	type Repair,
	StoreError,
	type VerifyOptions,
} from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { broken } from "../backends/pass-through.js";
import { type Scratch, scratch } from "../backends/scratch.js";
import { copyOf, documentOf, put, withoutListing } from "../hierarchy/stores.js";

let directory: Scratch;
beforeAll(async () => {
	directory = await scratch();
});
afterAll(() => directory.remove());

let con: Connection;
afterEach(() => con.close());

let places = 0;
async function open(target: string): Promise<Connection> {
	con = await connect(target.replace("DIR", `${directory.path}/${places++}`));
	return con;
}

const STORES = ["ram:", "file:DIR", "sqlite:DIR.sqlite"];

async function change(key: string, edit: (bytes: Uint8Array) => Uint8Array): Promise<void> {
	const fetched = await con.backend.get(key);
	await con.backend.put(key, edit(Uint8Array.from(fetched?.parts[0] ?? [])));
}

/** One bit of a byte, by default in the middle. */
const flip =
	(at?: number) =>
	(bytes: Uint8Array): Uint8Array => {
		const index = at ?? bytes.length >> 1;
		bytes[index] = (bytes[index] as number) ^ 1;
		return bytes;
	};

const counting = { data: Int32Array.from({ length: 64 }, (_, i) => i + 1), shape: [8, 8] };

/** One shard of four chunks and one of which two are stored; inner chunks of 4 × 4 with a checksum, 68 bytes each. */
async function sharded(): Promise<Dataset<"int32">> {
	const layout = { chunkShape: [4, 4], shardShape: [8, 8], codecs: ["bytes", "crc32c"] } as const;
	const ds = await con.createDataset("s", { shape: [8, 16], dtype: "int32", fillValue: -1, ...layout });
	await ds.set(":, :8", counting);
	await ds.set(":4, 8:", { data: counting.data.subarray(0, 32), shape: [4, 8] });
	return ds;
}

const told = ({ action, key, outcome }: Repair): string => `${outcome} ${action} ${key}`;

describe.each(STORES)("on %s", (target) => {
	it("a repair deletes what belongs to no chunk, after a dry run told so", async () => {
		await open(target);
		const ds = await con.createDataset("g/a", { data: counting, chunkShape: [4, 8] });
		for (const key of ["g/a/c/2/0", "g/a/c/0", "g/a/old"])
			await con.backend.put(key.replace("c/0", "d"), new Uint8Array(7));
		const dry = await ds.verify({ dryRun: true });
		expect(dry.repairs.map(told)).toEqual(["g/a/c/2/0", "g/a/d", "g/a/old"].map((key) => `planned delete ${key}`));
		expect([dry.ok, (await ds.verify()).findings.length]).toEqual([false, 3]);
		const done = await ds.verify({ repair: true });
		expect(done).toMatchObject({ ok: true, findings: [{ repaired: true }, { repaired: true }, { repaired: true }] });
		expect(done.repairs.map(({ outcome }) => outcome)).toEqual(["done", "done", "done"]);
		expect(await ds.verify({ repair: true })).toMatchObject({ ok: true, stored: 2, findings: [], repairs: [] });
	});

	it("damaged inner chunks are named one by one, and given up one by one, if that is asked for", async () => {
		await open(target);
		const ds = await sharded();
		await change("s/c/0/0", (bytes) => flip(5)(flip(68 * 2 + 5)(bytes)));
		const found = await ds.verify({ dryRun: true });
		expect(found).toMatchObject({ stored: 2, missing: 0, inner: { chunks: 8, stored: 6 } });
		expect(found.findings).toMatchObject([
			{ kind: "corrupt", key: "s/c/0/0", chunk: [0, 0], inner: [0, 0], bytes: 68 },
			{ kind: "corrupt", key: "s/c/0/0", chunk: [0, 0], inner: [1, 0], bytes: 68 },
		]);
		expect(found.repairs.map(told)).toEqual(["kept keep s/c/0/0"]);
		expect(found.repairs[0]?.message).toMatch(
			/2 damaged inner chunks.*2 carried over.*32 elements.*lost.*--drop-corrupt/,
		);
		const kept = await ds.verify({ repair: true });
		expect([kept.ok, kept.repairs.map(told)]).toEqual([false, ["kept keep s/c/0/0"]]);
		expect((await ds.verify({ dryRun: true, dropCorrupt: true })).repairs.map(told)).toEqual([
			"planned rewrite s/c/0/0",
		]);
		expect(await ds.verify({ repair: true, dropCorrupt: true })).toMatchObject({ ok: true });
		expect(await ds.verify()).toMatchObject({ ok: true, findings: [], inner: { stored: 4 } });
		const rows = Array.from({ length: 8 }, (_, y) => [...counting.data.slice(8 * y, 8 * y + 8)]);
		const expected = rows.flatMap((row) => row.map((value, x) => (x < 4 ? -1 : value)));
		expect([...(await ds.get(":, :8")).data]).toEqual(expected);
	});

	it("a damaged chunk, and a shard whose index is, can only be given up as a whole", async () => {
		await open(target);
		const ds = await sharded();
		await change("s/c/0/1", flip(68 * 2 + 3));
		const plain = await con.createDataset("p", { data: counting, chunkShape: [4, 8] });
		await change("p/c/1/0", flip());
		const report = await con.verify("", { dryRun: true });
		const said = report.datasets.map(({ repairs }) => repairs.map(({ message }) => message).join());
		expect(said[0]).toMatch(/32 elements/);
		expect(said[1]).toMatch(/index is the only record.*64 elements/);
		expect(await con.verify("", { repair: true, dropCorrupt: true })).toMatchObject({ ok: true });
		expect([...(await plain.get("3:5, 7")).data]).toEqual([32, 0]);
		expect([...(await ds.get("0, 6:10")).data]).toEqual([7, 8, -1, -1]);
	});

	it("metadata that is gone comes back from a copy, consolidated metadata from what is there, and chunks of nothing go", async () => {
		await open(target);
		await con.createDataset("g/a", { data: counting, chunkShape: [4, 8], attributes: { unit: "m" } });
		await con.createDataset("g/h/b", { data: [1, 2] });
		await con.createGroup("g/gone");
		await (await con.group("g/h")).setAttributes({ x: 1 });
		await con.consolidateMetadata("g");
		await con.consolidateMetadata();
		await con.backend.delete(["g/a/zarr.json", "g/h/zarr.json", "g/gone/zarr.json"]);
		for (const key of ["x/c/0/0", "g/2.1"]) await con.backend.put(key, new Uint8Array(3));
		await put(con.backend, "bare/y/zarr.json", await documentOf(con.backend, "g/h/b/zarr.json"));
		await put(con.backend, "x/notes.txt", "mine");
		const report = await con.verify("", { dryRun: true });
		expect(report.findings.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual([
			"missing bare/zarr.json",
			"missing g/a/zarr.json",
			"missing g/h/zarr.json",
			"orphaned g/2.1",
			"orphaned x/c/0/0",
			"stale g/zarr.json",
			"stale zarr.json",
		]);
		expect(report.findings.find(({ key }) => key === "zarr.json")?.message).toMatch(
			/"bare\/y" is not in it.*"g\/gone" is gone/,
		);
		const repaired = await con.verify("", { repair: true });
		expect(repaired).toMatchObject({
			ok: true,
			datasets: [{ dataset: "bare/y" }, { dataset: "g/a", stored: 2 }, { dataset: "g/h/b" }],
		});
		expect((await con.getDataset("g/a")).attributes).toEqual({ unit: "m" });
		expect((await con.group("g/h")).attributes).toEqual({ x: 1 });
		expect(Object.keys((await copyOf(con.backend)) ?? {})).toEqual(["bare", "g", "bare/y", "g/a", "g/h", "g/h/b"]);
		expect(Object.keys((await copyOf(con.backend, "g/zarr.json")) ?? {})).toEqual(["a", "h", "h/b"]);
		expect(await con.verify()).toMatchObject({ ok: true, findings: [], repairs: [] });
		expect(await con.backend.head("x/notes.txt")).toBeDefined();
	});
});

describe("verify", () => {
	it("takes absent chunks for faults where all should be there", async () => {
		await open("ram:");
		await sharded();
		await con.createDataset("a", { shape: [4, 4], dtype: "int8", chunkShape: [2, 2] });
		await (await con.getDataset("a")).set("0, 0", 1);
		expect(await con.verify()).toMatchObject({ ok: true });
		const { datasets } = await con.verify("", { complete: true, dryRun: true });
		expect(datasets[0]?.findings.map(({ kind, key }) => `${kind} ${key}`)).toEqual(
			["a/c/0/1", "a/c/1/0", "a/c/1/1"].map((key) => `missing ${key}`),
		);
		expect(datasets[1]?.findings).toMatchObject([
			{ key: "s/c/0/1", message: expect.stringMatching(/^2 of its 4 inner/) },
		]);
		expect(datasets[1]?.repairs.map(told)).toEqual(["kept keep s/c/0/1"]);
		await con.createDataset("a", { shape: [2 ** 40], dtype: "int8", chunkShape: [1], ifExists: "replace" });
		const many = (await (await con.getDataset("a")).verify({ complete: true })).findings;
		expect(many.at(-1)?.message).toMatch(/^\d+ more are not stored/);
	});

	it.each([
		["gzip", "gzip"],
		["blosc", "blosc"],
		["zstd", "zstd"],
		["zlib", "numcodecs.zlib"],
	])("tells a chunk that was cut from a damaged one: %s", async (_, codec) => {
		await open("ram:");
		const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * i * 31) >> 7);
		const ds = await con.createDataset("a", {
			data: { data: noise, shape: [2, 2048] },
			chunkShape: [1, 2048],
			codecs: [codec],
		});
		await change("a/c/0/0", (bytes) => bytes.subarray(0, bytes.length - 9));
		await change("a/c/1/0", (bytes) => bytes.fill(0xee, 0, 2));
		expect((await ds.verify()).findings.map(({ kind }) => kind)).toEqual(["truncated", "corrupt"]);
	});

	it("finds nothing wrong with a healthy store of both formats, consolidated, with other objects in it", async () => {
		await open("ram:");
		await con.createDataset("two/a", { data: [1], format: 2 });
		await con.consolidateMetadata();
		await con.createGroup("three/x");
		await con.createDataset("three/1/2", { data: [[1]], chunkKeyEncoding: { name: "v2" } });
		await (await con.group("three")).consolidateMetadata();
		await put(con.backend, "README", "hello");
		await put(con.backend, "docs/figures/one.svg", "<svg/>");
		expect(await con.verify("", { dryRun: true })).toMatchObject({ ok: true, findings: [], repairs: [] });
		await expect(con.verify("none")).rejects.toMatchObject({ code: "NOT_FOUND" });
	});

	it("of a store that cannot list verifies what consolidated metadata names", async () => {
		await open("ram:");
		await con.createDataset("g/a", { data: [1, 2], chunkShape: [1] });
		await con.createDataset("b", { data: [1] });
		await change("g/a/c/1", flip(0));
		await con.consolidateMetadata();
		const unlisted = await withoutListing(con.backend);
		const { ok, datasets } = await unlisted.verify();
		expect([ok, datasets.map(({ dataset, ok }) => [dataset, ok])]).toEqual([
			false,
			[
				["b", true],
				["g/a", false],
			],
		]);
		expect((await unlisted.verify("b")).ok).toBe(true);
	});

	it("takes no chunk of a second form of the array, and no node below it, for an orphan to be deleted", async () => {
		await open("ram:");
		const options = { data: [1, 2], chunkShape: [1] };
		await con.createDataset("a", { ...options, format: 2 });
		await con.createDataset("b", options);
		for (const key of ["zarr.json", "c/0", "c/1"])
			await con.backend.put(`a/${key}`, (await con.backend.get(`b/${key}`))?.parts[0] as Uint8Array);
		await put(con.backend, "b/below/zarr.json", await documentOf(con.backend, "b/zarr.json"));
		const { datasets } = await con.verify("", { repair: true });
		expect(datasets.map(({ repairs }) => repairs.map(told))).toEqual([[], ["kept keep b/below/zarr.json"]]);
		expect(await con.backend.head("a/1")).toBeDefined();
	});

	it("refuses options that contradict one another, and repairs through a reader", async () => {
		await open("ram:");
		const ds = await con.createDataset("a", { data: [1] });
		await expect(ds.verify({ dropCorrupt: true })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(con.verify("", { drop: true } as VerifyOptions)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		const reader = await connect(con.backend, { mode: "r" });
		await expect(reader.verify("", { repair: true })).rejects.toMatchObject({ code: "READ_ONLY" });
		expect(await reader.verify("", { dryRun: true })).toMatchObject({ ok: true });
	});

	it("finds and removes what killed writers left in a directory, and no running writer's", async () => {
		await open("file:DIR");
		await con.createDataset("a", { data: [1] });
		const root = con.backend.location.slice("file:".length);
		for (const name of ["a/c/.tesserae.tmp-old", ".tesserae.tmp-new"]) await writeFile(join(root, name), "12345");
		await utimes(join(root, "a/c/.tesserae.tmp-old"), 1e9, 1e9);
		const found = await con.verify("", { dryRun: true });
		expect(found.findings).toMatchObject([{ kind: "orphaned", key: "a/c/.tesserae.tmp-old", bytes: 5 }]);
		expect(await con.verify("", { repair: true })).toMatchObject({ ok: true });
		expect(await con.verify("", { dryRun: true })).toMatchObject({ ok: true, findings: [] });
		await writeFile(join(root, ".tesserae.tmp-new"), "x", { flag: "r+" });
	});
});

describe("a repair leaves alone what somebody writes meanwhile", () => {
	/** A store in which `write` happens right before the first change by a repair. */
	function racing(inner: Backend, write: () => Promise<unknown>): Backend {
		let written = false;
		return broken(inner, () => ({
			async commit(writes, options) {
				if (!written) {
					written = true;
					await write();
				}
				return inner.commit(writes, options);
			},
		}));
	}

	const cases: readonly (readonly [string, string, (c: Connection) => Promise<unknown>])[] = [
		["a chunk", "p/c/0", async (c) => (await c.getDataset("p")).set("...", 5)],
		["a shard", "s/c/0/0", async (c) => (await c.getDataset("s")).set("...", 5)],
		["an orphan that becomes a chunk", "o/c/1", async (c) => (await c.getDataset("o")).append([5])],
	];

	it.each(cases)("%s", async (_, key, write) => {
		const store = ram();
		con = await connect(store);
		await sharded();
		await change("s/c/0/0", flip(5));
		await con.createDataset("p", { data: Int8Array.of(1, 2), codecs: ["bytes", "crc32c"] });
		await change("p/c/0", flip());
		await con.createDataset("o", { data: Int8Array.of(1), chunkShape: [1] });
		await con.backend.put("o/c/1", new Uint8Array(1));
		const repairing = await connect(racing(store, () => write(con)));
		const name = key.slice(0, 1);
		const report = await (await repairing.getDataset(name)).verify({ repair: true, dropCorrupt: true });
		expect([report.ok, report.repairs.map(({ outcome }) => outcome)]).toEqual([false, ["changed"]]);
		const now = await (await con.getDataset(name)).get();
		expect(Array.from(now.data as Int8Array).at(-1)).toBe(5);
		expect(await (await con.getDataset(name)).verify()).toMatchObject({ ok: true });
	});

	it("and is refused where the store cannot tell, unless the caller is alone", async () => {
		const store = ram();
		con = await connect(store);
		await con.createDataset("a", { data: [1] });
		await con.backend.put("a/c/7", new Uint8Array(1));
		const unable = broken(store, (inner) => ({
			supports: { ...inner.supports, compareAndSwap: false, conditionalDelete: false },
			async commit(writes, options) {
				if (writes.some(({ when }) => when !== undefined)) throw new StoreError("UNSUPPORTED", "it cannot");
				return inner.commit(writes, options);
			},
		}));
		const careful = await connect(unable);
		await expect(careful.verify("", { repair: true })).rejects.toMatchObject({ code: "UNSUPPORTED" });
		const alone = await connect(unable, { writeSafety: "single-writer" });
		expect(await alone.verify("", { repair: true })).toMatchObject({ ok: true });
		expect(await con.backend.head("a/c/7")).toBeUndefined();
	});
});
