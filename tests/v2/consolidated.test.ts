/** `.zmetadata`: written as zarr-python reads it, and taken away by whatever makes it wrong. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, type Connection, connect, StoreError } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../dist/src/format/json.js";
import { broken } from "../backends/pass-through.js";
import { collect, copyOf, documentOf, put, withoutListing } from "../hierarchy/stores.js";
import { objectsOf, openPeer, PYTHONS } from "./peer.js";

let store: Backend;
let con: Connection;
beforeEach(async () => {
	store = ram();
	con = await connect(store);
	await fill(con);
});
afterEach(() => con.close());

const SMALL = { shape: [4], dtype: "int16", chunkShape: [2], format: 2 } as const;

async function fill(connection: Connection): Promise<void> {
	await connection.createDataset("top", { ...SMALL, dimensionNames: ["x"] });
	await connection.createDataset("a/b/deep", { ...SMALL, data: [1, 2, 3, 4] });
	await connection.createDataset("a/one", SMALL);
	await (await connection.group("a")).setAttributes({ who: "me" });
}

const isThere = async (path = ""): Promise<boolean> => (await store.head(`${path}.zmetadata`)) !== undefined;

describe("consolidateMetadata of a group of format 2", () => {
	it("writes .zmetadata with every document of that format at and below it", async () => {
		await con.createDataset("three", { data: [1] });
		await con.consolidateMetadata();
		const { metadata, ...rest } = await documentOf(store, ".zmetadata");
		expect(rest).toEqual({ zarr_consolidated_format: 1 });
		expect(Object.keys(metadata as JsonObject)).toEqual([
			".zgroup",
			...["a/.zgroup", "a/.zattrs", "top/.zarray", "top/.zattrs"],
			...["a/b/.zgroup", "a/one/.zarray", "a/b/deep/.zarray"],
		]);
		for (const key of ["top/.zattrs", "a/b/deep/.zarray"])
			expect((metadata as JsonObject)[key]).toEqual(await documentOf(store, key));
		await con.consolidateMetadata("a");
		expect(Object.keys((await documentOf(store, "a/.zmetadata")).metadata as JsonObject)[0]).toBe(".zgroup");
		expect(await con.verify()).toMatchObject({ ok: true, findings: [] });
	});

	it("is what a store that cannot list is listed by", async () => {
		await con.consolidateMetadata("a");
		await con.consolidateMetadata();
		const unlisted = await withoutListing(store);
		for (const prefix of ["", "a", "a/b"])
			expect((await collect(unlisted.datasets({ prefix, recursive: true }))).sort()).toEqual(
				(await collect(con.datasets({ prefix, recursive: true }))).sort(),
			);
	});

	it("holds no change that came while it was written", async () => {
		let changed = 0;
		const backend = broken(store, (inner) => ({
			async put(key, bytes, options) {
				const etag = await inner.put(key, bytes.slice(), options);
				if (key === ".zmetadata" && changed++ === 0)
					await (await con.getDataset("a/one")).setAttributes({ late: true });
				return etag;
			},
		}));
		await (await connect(backend)).consolidateMetadata();
		expect(changed).toBe(2);
		const { metadata } = await documentOf(store, ".zmetadata");
		expect(metadata).toMatchObject({ "a/one/.zattrs": { late: true } });
	});
});

describe("a change below a group of format 2", () => {
	const get = (name: string): ReturnType<Connection["getDataset"]> => con.getDataset(name);

	it.each<[what: string, change: (c: Connection) => Promise<unknown>]>([
		["a new dataset", (c) => c.createDataset("a/b/new", SMALL)],
		["a new dataset of format 3", (c) => c.createDataset("a/b/new", { data: [1] })],
		["a new group", (c) => c.createGroup("a/new", { format: 2 })],
		["a dataset replaced", (c) => c.createDataset("a/one", { ...SMALL, ifExists: "replace" })],
		["a deleted dataset", (c) => c.deleteDataset("a/b/deep")],
		["a deleted group", (c) => c.deleteGroup("a/b")],
		["a resized dataset", async () => (await get("a/b/deep")).resize([9])],
		["values appended", async () => (await get("a/b/deep")).append(Int16Array.of(1))],
		["attributes of a dataset", async () => (await get("a/b/deep")).setAttributes({ x: 1 })],
		["attributes of a group", async () => (await con.group("a/b")).setAttributes({ x: 1 })],
	])("takes the copies above it away: %s", async (_, change) => {
		await con.consolidateMetadata("a");
		await con.consolidateMetadata();
		expect([await isThere(), await isThere("a/")]).toEqual([true, true]);
		await change(con);
		expect([await isThere(), await isThere("a/")]).toEqual([false, false]);
	});

	it("leaves them where the metadata stays as it is, and takes a group's own away with its attributes", async () => {
		await con.consolidateMetadata();
		await (await get("a/one")).set("...", 5);
		await con.createDataset("a/one", SMALL).catch(() => {});
		await (await get("a/one")).clear();
		expect(await isThere()).toBe(true);
		await (await con.group("")).setAttributes({ x: 1 });
		expect(await isThere()).toBe(false);
	});

	it("takes them away first, so that none is wrong when it is interrupted", async () => {
		await con.consolidateMetadata();
		const dying = broken(store, (inner) => ({
			put: async (key, bytes, options) => {
				if (key === "a/one/.zarray") throw new StoreError("UNAVAILABLE", "the writer was killed");
				return inner.put(key, bytes, options);
			},
		}));
		const dataset = await (await connect(dying)).getDataset("a/one");
		await expect(dataset.resize([9])).rejects.toMatchObject({ code: "UNAVAILABLE" });
		expect(await isThere()).toBe(false);
	});

	it.each<[what: string, key: string, change: (c: Connection) => Promise<unknown>]>([
		["of a dataset", "a/one/.zarray", async (c) => (await c.getDataset("a/one")).resize([9])],
		["of a group", "a/.zattrs", async (c) => (await c.group("a")).setAttributes({ x: 1 })],
		["that is a deletion", "a/one/.zarray", (c) => c.deleteDataset("a/one")],
	])("takes away what was consolidated in the moment before it: a change %s", async (_, key, change) => {
		let consolidated = 0;
		const first = async (keys: readonly string[]): Promise<void> => {
			if (!keys.includes(key) || consolidated++ > 0) return;
			await con.consolidateMetadata("a");
			await con.consolidateMetadata();
		};
		const backend = broken(store, (inner) => ({
			async put(at, bytes, options) {
				await first([at]);
				return inner.put(at, bytes, options);
			},
			async delete(keys, options) {
				await first(keys);
				await inner.delete(keys, options);
			},
		}));
		await change(await connect(backend));
		expect([consolidated, await isThere(), await isThere("a/")]).toEqual([1, false, false]);
	});

	it("of format 3 leaves a copy beside a group of format 3 alone, which is its own", async () => {
		const other = ram();
		const c = await connect(other);
		await c.createDataset("x", { data: [1] });
		await c.consolidateMetadata();
		await c.createDataset("g/two", SMALL);
		expect(await copyOf(other)).toBeUndefined();
		expect((await c.group("g")).format).toBe(2);
		await c.close();
	});
});

describe("groups", () => {
	it("are of the format they are created in, with those above", async () => {
		const group = await con.createGroup("n/m", { format: 2, attributes: { x: 1 } });
		expect([group.format, (await con.group("n/m")).format, (await con.group("n")).format]).toEqual([2, 2, 2]);
		expect(await documentOf(store, "n/m/.zattrs")).toEqual({ x: 1 });
		expect((await con.createGroup("k")).format).toBe(3);
		await expect(con.createGroup("z", { format: 4 as 3 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(con.createGroup("z", { from: 4 } as object)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});
});

describe("verify", () => {
	it("finds .zmetadata that is out of date, and writes it again; brings back what it still knows", async () => {
		await con.consolidateMetadata();
		await put(store, "a/one/.zattrs", { changed: true });
		await store.delete(["a/b/deep/.zarray", "a/b/.zgroup"]);
		const report = await con.verify("", { dryRun: true });
		expect(report.findings.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual([
			"missing a/b/.zgroup",
			"missing a/b/deep/.zarray",
			"stale .zmetadata",
		]);
		expect(await con.verify("", { repair: true })).toMatchObject({
			ok: true,
			datasets: [{ dataset: "a/b/deep" }, { dataset: "a/one" }, { dataset: "top" }],
		});
		expect((await documentOf(store, ".zmetadata")).metadata).toMatchObject({ "a/one/.zattrs": { changed: true } });
		expect(await con.verify()).toMatchObject({ ok: true, findings: [] });
		expect([...(await (await con.getDataset("a/b/deep")).get()).data]).toEqual([1, 2, 3, 4]);
	});
});

const peers = await Promise.all(PYTHONS.map(async (python) => ({ ...python, peer: await openPeer(python) })));
afterAll(async () => {
	for (const { peer } of peers) await peer?.close();
});

describe.each(peers)("$title", ({ peer }) => {
	it.runIf(peer !== undefined)("reads what we consolidate, and sees what we change afterwards", async () => {
		if (peer === undefined) return;
		const root = await mkdtemp(join(tmpdir(), "tesserae-v2-"));
		const c = await connect(`file:${root}`, { durability: "none" });
		await fill(c);
		await c.consolidateMetadata();
		const nodes = async () => peer.ask("consolidated", { path: root });
		expect(await nodes()).toEqual({
			attributes: { a: { who: "me" }, "a/b": {}, "a/b/deep": {}, "a/one": {}, top: { _ARRAY_DIMENSIONS: ["x"] } },
			shapes: { "a/b/deep": [4], "a/one": [4], top: [4] },
		});
		await (await c.getDataset("a/one")).resize([7]);
		const listed = await peer.ask("tree", { path: "a", objects: await objectsOf(c), consolidated: false });
		expect((listed.members as JsonObject).one).toMatchObject({ kind: "array" });
		await expect(nodes()).rejects.toThrow();
		await c.consolidateMetadata();
		expect((await nodes()).shapes).toMatchObject({ "a/one": [7] });
		await c.close();
		await rm(root, { recursive: true });
	});
});
