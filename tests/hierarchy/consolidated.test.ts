/** Consolidated metadata: it never outlives what it describes, and a listing from it is the listing. */
import { type Backend, type Connection, connect, StoreError } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { broken } from "../backends/pass-through.js";
import { collect, copyOf, documentOf, plant, put, withoutListing } from "./stores.js";

let store: Backend;
let con: Connection;
beforeEach(async () => {
	store = ram();
	con = await connect(store);
	await plant(store, ["", "top", "a/", "a/one", "a/b/", "a/b/deep", "a/empty/", "B/", "B/x"]);
});
afterEach(() => con.close());

const ALL = ["B", "B/x", "a", "a/b", "a/b/deep", "a/empty", "a/one", "top"];

describe("consolidateMetadata", () => {
	it("writes what zarr-python writes: every document below, groups with an empty member of their own, parents first", async () => {
		await con.consolidateMetadata();
		const { consolidated_metadata: member, ...rest } = await documentOf(store, "zarr.json");
		expect(rest).toEqual({ zarr_format: 3, node_type: "group", attributes: {} });
		expect(member).toMatchObject({ kind: "inline", must_understand: false });
		const copy = (await copyOf(store)) ?? {};
		expect(Object.keys(copy)).toEqual(["B", "a", "top", "B/x", "a/b", "a/empty", "a/one", "a/b/deep"]);
		expect(copy["a/one"]).toEqual(await documentOf(store, "a/one/zarr.json"));
		const none = { kind: "inline", must_understand: false, metadata: {} };
		expect(copy["a/empty"]).toEqual({ zarr_format: 3, node_type: "group", consolidated_metadata: none });
	});

	it("takes documents over as they are, also of what cannot be opened here", async () => {
		const document = '{"zarr_format": 3, "node_type": "array", "data_type": "float128", "big": 9007199254740993}';
		await put(store, "later/zarr.json", document);
		await con.consolidateMetadata();
		const fetched = await store.get("zarr.json");
		expect(new TextDecoder().decode(fetched?.parts[0])).toContain("9007199254740993");
		expect((await copyOf(store))?.later).toEqual(await documentOf(store, "later/zarr.json"));
	});

	it("of a group repeats what is below it, under names as seen from there", async () => {
		await (await con.group("a")).consolidateMetadata();
		expect(Object.keys((await copyOf(store, "a/zarr.json")) ?? {})).toEqual(["b", "empty", "one", "b/deep"]);
		await con.consolidateMetadata();
		expect(await copyOf(store, "a/zarr.json"), "the copy below is still right").toBeDefined();
		await con.consolidateMetadata("a/b");
		expect(await copyOf(store), "and so is the one above").toBeDefined();
	});

	it("refuses what is no group, and stores that cannot list or be written to", async () => {
		await expect(con.consolidateMetadata("none")).rejects.toMatchObject({ code: "NOT_FOUND" });
		await expect(con.consolidateMetadata("top")).rejects.toMatchObject({ code: "NOT_FOUND" });
		const unlisted = await withoutListing(store);
		await expect(unlisted.consolidateMetadata()).rejects.toMatchObject({ code: "UNSUPPORTED" });
		const reader = await connect(store, { mode: "r" });
		await expect(reader.consolidateMetadata()).rejects.toMatchObject({ code: "READ_ONLY" });
	});
});

type Change = (con: Connection) => Promise<unknown>;

describe("a change below", () => {
	const get = (name: string): Promise<Awaited<ReturnType<Connection["getDataset"]>>> => con.getDataset(name);

	it.each<[what: string, change: Change]>([
		["a new dataset", () => con.createDataset("a/b/new", { data: [1] })],
		["a new group", () => con.createGroup("a/new")],
		["a dataset replaced", () => con.createDataset("a/one", { data: [1], ifExists: "replace" })],
		["a deleted dataset", () => con.deleteDataset("a/b/deep")],
		["a deleted group", () => con.deleteGroup("a/b")],
		["a resized dataset", async () => (await get("a/b/deep")).resize([9])],
		["values appended", async () => (await get("a/b/deep")).append(Uint8Array.of(1))],
		["attributes of a dataset", async () => (await get("a/b/deep")).setAttributes({ x: 1 })],
		["attributes of a group", async () => (await con.group("a/b")).setAttributes({ x: 1 })],
		["a mapped dataset", async () => (await get("top")).map((block) => block, "a/mapped")],
		["a cloned dataset", async () => (await get("top")).clone("a/cloned")],
	])("takes the copies above it away: %s", async (_, change) => {
		await con.consolidateMetadata("a");
		await con.consolidateMetadata();
		await change(con);
		expect(await copyOf(store), "of the root").toBeUndefined();
		expect(await copyOf(store, "a/zarr.json"), "of a").toBeUndefined();
	});

	it.each<[what: string, change: Change]>([
		["values", async () => (await get("a/one")).set("...", 5)],
		["values removed", async () => (await get("a/one")).clear()],
		["values replaced by a kernel", async () => (await get("a/one")).apply((block) => block)],
		["attributes of the group itself", async () => (await con.group("")).setAttributes({ x: 1 })],
		["a change that fails", () => con.createDataset("a/one", { data: [1] }).catch(() => {})],
	])("leaves them where the metadata stays as it is: %s", async (_, change) => {
		await con.consolidateMetadata();
		const before = await copyOf(store);
		await change(con);
		expect(await copyOf(store)).toEqual(before);
	});

	it("takes them away first, so that none is wrong when it is interrupted", async () => {
		await con.consolidateMetadata();
		const dying = broken(store, (inner) => ({
			put: async (key, bytes, options) => {
				if (key === "a/one/zarr.json") throw new StoreError("UNAVAILABLE", "the writer was killed");
				return inner.put(key, bytes, options);
			},
		}));
		const dataset = await (await connect(dying)).getDataset("a/one");
		await expect(dataset.resize([9])).rejects.toMatchObject({ code: "UNAVAILABLE" });
		expect(await copyOf(store)).toBeUndefined();
	});

	it.each<[what: string, key: string, change: Change]>([
		["of a new dataset", "new/zarr.json", (c) => c.createDataset("new", { data: [1] })],
		["of a new group", "new/zarr.json", (c) => c.createGroup("new")],
		["of a dataset", "a/one/zarr.json", async (c) => (await c.getDataset("a/one")).resize([9])],
		["of a group", "a/zarr.json", async (c) => (await c.group("a")).setAttributes({ x: 1 })],
		["that is a deletion", "a/one/zarr.json", (c) => c.deleteDataset("a/one")],
	])("takes away what was consolidated in the moment before it: a change %s", async (_, key, change) => {
		let consolidated = 0;
		const first = async (changed: boolean): Promise<void> => {
			if (changed && consolidated++ === 0) await con.consolidateMetadata();
		};
		const backend = broken(store, (inner) => ({
			async put(at, bytes, options) {
				await first(at === key);
				return inner.put(at, bytes, options);
			},
			async delete(keys, options) {
				await first(keys.includes(key));
				await inner.delete(keys, options);
			},
		}));
		await change(await connect(backend));
		expect(consolidated).toBe(1);
		expect(await copyOf(store)).toBeUndefined();
	});

	it("looks no further than damaged groups, which tell nobody anything", async () => {
		await put(store, "zarr.json", "{");
		await con.deleteDataset("a/one");
		expect(await con.hasDataset("a/one")).toBe(false);
	});
});

describe("a change while it is being consolidated", () => {
	const shapeIn = async (): Promise<unknown> => ((await copyOf(store))?.["a/one"] as { shape?: unknown })?.shape;
	const isCopy = (bytes: Uint8Array): boolean => new TextDecoder().decode(bytes).includes('"kind": "inline"');

	/** Runs `react` once the store has answered a call that `when` chooses. */
	function reacting(when: (call: string, key: string, bytes?: Uint8Array) => boolean, react: () => Promise<unknown>) {
		return broken(store, (inner) => ({
			get: async (key, options) => {
				const fetched = await inner.get(key, options);
				if (when("get", key)) await react();
				return fetched;
			},
			put: async (key, bytes, options) => {
				const etag = await inner.put(key, bytes.slice(), options);
				if (when("put", key, bytes)) await react();
				return etag;
			},
		}));
	}

	it("that comes after a node was read is in the copy", async () => {
		let changed = false;
		const backend = reacting(
			(call, key) => call === "get" && key === "a/one/zarr.json" && !changed,
			async () => {
				changed = true;
				await (await con.getDataset("a/one")).resize([9]);
			},
		);
		await (await connect(backend)).consolidateMetadata();
		expect([changed, await shapeIn()]).toEqual([true, [9]]);
	});

	it("that comes after the copy was written is in the copy", async () => {
		const shapes: unknown[] = [];
		const backend = reacting(
			(call, key, bytes) => call === "put" && key === "zarr.json" && bytes !== undefined && isCopy(bytes),
			async () => {
				shapes.push(await shapeIn());
				if (shapes.length === 1) await (await con.getDataset("a/one")).resize([9]);
			},
		);
		await (await connect(backend)).consolidateMetadata();
		expect(shapes).toEqual([[4], [9]]);
		expect(await shapeIn()).toEqual([9]);
	});

	it("again and again ends in CONFLICT, without a copy", async () => {
		let changes = 0;
		const backend = reacting(
			(call, key, bytes) => call === "put" && key === "zarr.json" && bytes !== undefined && isCopy(bytes),
			async () =>
				put(store, "a/one/zarr.json", { ...(await documentOf(store, "a/one/zarr.json")), shape: [++changes] }),
		);
		const consolidating = (await connect(backend)).consolidateMetadata();
		await expect(consolidating).rejects.toMatchObject({ code: "CONFLICT" });
		expect(changes).toBeGreaterThan(1);
		expect(await copyOf(store)).toBeUndefined();
	});

	it("by many at once leaves no copy that is wrong", async () => {
		const names = ["a/one", "a/b/deep", "top", "B/x"];
		for (let round = 0; round < 10; round++) {
			const resizing = names.map(async (name, n) => (await con.getDataset(name)).resize([round * 10 + n + 1]));
			const consolidating = [con, await connect(store)].map((c) => c.consolidateMetadata().catch(() => {}));
			await Promise.all([...resizing, ...consolidating]);
			const copy = await copyOf(store);
			for (const name of copy === undefined ? [] : names)
				expect(copy?.[name], `${name}, round ${round}`).toEqual(await documentOf(store, `${name}/zarr.json`));
		}
	});
});

describe("where the store cannot list", () => {
	it.each([true, false])("datasets and members are those of a listing, recursive: %s", async (recursive) => {
		await con.consolidateMetadata();
		const unlisted = await withoutListing(store);
		for (const prefix of ["", "a", "a/b", "a/empty", "none"]) {
			const listed = (await collect(con.datasets({ prefix, recursive }))).sort();
			expect((await collect(unlisted.datasets({ prefix, recursive }))).sort(), prefix).toEqual(listed);
			if (prefix === "none") continue;
			const members = async (c: Connection) =>
				(await collect((await c.group(prefix)).members({ recursive })))
					.map(({ name, kind }) => `${name} ${kind}`)
					.sort();
			expect(await members(unlisted), prefix).toEqual(await members(con));
		}
		expect((await collect((await unlisted.group("")).members({ recursive: true }))).map((m) => m.name).sort()).toEqual(
			ALL,
		);
	});

	it("the nearest copy counts", async () => {
		await con.consolidateMetadata("a");
		const unlisted = await withoutListing(store);
		expect(await collect(unlisted.datasets({ prefix: "a/b" }))).toEqual(["a/b/deep"]);
		await expect(collect(unlisted.datasets({ prefix: "B" }))).rejects.toMatchObject({ code: "UNSUPPORTED" });
	});

	it("without a copy a listing is refused with advice, not empty", async () => {
		const unlisted = await withoutListing(store);
		const listing = collect(unlisted.datasets());
		await expect(listing).rejects.toMatchObject({ code: "UNSUPPORTED" });
		await expect(listing).rejects.toThrow(/consolidateMetadata/);
		await expect(collect(con.datasets({ consolidated: true }))).rejects.toMatchObject({ code: "NOT_FOUND" });
	});

	it("a group that the copy does not know is not taken for empty", async () => {
		await con.consolidateMetadata();
		await plant(store, ["later/", "later/x"]);
		const unlisted = await withoutListing(store);
		const listing = collect(unlisted.datasets({ prefix: "later" }));
		await expect(listing).rejects.toMatchObject({ code: "CORRUPT", key: "zarr.json" });
		await expect(listing).rejects.toThrow(/"later".*out of date/);
	});

	it("names of format 2 come from .zmetadata", async () => {
		const v2 = ram();
		const metadata = {
			".zgroup": { zarr_format: 2 },
			"g/.zgroup": { zarr_format: 2 },
			"g/x/.zarray": { zarr_format: 2 },
		};
		await put(v2, ".zmetadata", { zarr_consolidated_format: 1, metadata });
		const unlisted = await withoutListing(v2);
		expect(await collect(unlisted.datasets({ recursive: true }))).toEqual(["g/x"]);
		expect(await collect(unlisted.datasets({ prefix: "g" }))).toEqual(["g/x"]);
	});
});

describe("of format 2", () => {
	it("the copy is .zmetadata, with attributes, and goes with the first change", async () => {
		const v2 = ram();
		const writer = await connect(v2);
		const created = await writer.createDataset("g/x", { format: 2, data: [1, 2], attributes: { unit: "m" } });
		await (await writer.group("")).setAttributes({ title: "root" });
		await writer.consolidateMetadata();
		const { metadata, ...rest } = await documentOf(v2, ".zmetadata");
		expect(rest).toEqual({ zarr_consolidated_format: 1 });
		expect(Object.keys(metadata as object)).toEqual([".zgroup", ".zattrs", "g/.zgroup", "g/x/.zarray", "g/x/.zattrs"]);
		expect(metadata).toMatchObject({
			".zattrs": { title: "root" },
			"g/x/.zarray": await documentOf(v2, "g/x/.zarray"),
		});
		expect(await documentOf(v2, ".zgroup")).toEqual({ zarr_format: 2 });
		const unlisted = await withoutListing(v2);
		expect(await collect(unlisted.datasets({ recursive: true }))).toEqual(["g/x"]);
		await writer.consolidateMetadata("g");
		expect(await collect(writer.datasets({ prefix: "g", consolidated: true }))).toEqual(["g/x"]);
		await created.setAttributes({ unit: "mm" });
		for (const key of [".zmetadata", "g/.zmetadata"]) expect(await v2.head(key)).toBeUndefined();
	});
});

describe("a copy that is out of date", () => {
	it("is never what a dataset is opened from", async () => {
		await con.consolidateMetadata();
		await put(store, "a/one/zarr.json", { ...(await documentOf(store, "a/one/zarr.json")), shape: [99] });
		for (const c of [con, await withoutListing(store)]) expect((await c.getDataset("a/one")).shape).toEqual([99]);
		await store.delete(["top/zarr.json"]);
		await expect(con.getDataset("top")).rejects.toMatchObject({ code: "NOT_FOUND" });
		expect(await collect(con.datasets()), "a listing of the store is the truth").toEqual([]);
		expect(await collect(con.datasets({ consolidated: true })), "unless the copy is asked for").toEqual(["top"]);
	});

	it.each<[what: string, member: unknown, code: string, words: RegExp]>([
		["of another kind", { kind: "elsewhere", must_understand: false }, "UNSUPPORTED", /"elsewhere"/],
		["without a kind", { metadata: {} }, "CORRUPT", /"kind"/],
		["without nodes", { kind: "inline", metadata: [] }, "CORRUPT", /"metadata"/],
		["with a node that is none", { kind: "inline", metadata: { x: 5 } }, "CORRUPT", /"x"/],
		["with a node of no type", { kind: "inline", metadata: { x: { zarr_format: 3 } } }, "CORRUPT", /"x".*node_type/],
		["with a name that leads out", { kind: "inline", metadata: { "../x": {} } }, "CORRUPT", /\.\.\/x/],
	])("or is damaged does no harm until it is needed: %s", async (_, member, code, words) => {
		await put(store, "zarr.json", { zarr_format: 3, node_type: "group", consolidated_metadata: member } as never);
		expect(await collect(con.datasets())).toEqual(["top"]);
		const listing = collect((await withoutListing(store)).datasets());
		await expect(listing).rejects.toMatchObject({ code, key: "zarr.json" });
		await expect(listing).rejects.toThrow(words);
	});
});
