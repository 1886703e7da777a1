/** The library and its peers on one store in turn: groups, arrays that grow and shrink, metadata that both rewrite. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../dist/src/format/json.js";
import type { Case } from "./cases.js";
import { arrayDocument, type Codec, gzip, LITTLE, meaning, zstd } from "./documents.js";
import { type ArrayView, type Box, openPeers, PEERS, type Peers, toText } from "./peers.js";
import {
	bitsFor,
	createOurs,
	expectedView,
	openStore,
	replaced,
	type Store,
	setBits,
	viewOf,
	wholeOf,
} from "./store.js";

const opened = await openPeers();
const peers = opened as Peers;
let store: Store;
beforeAll(async () => {
	store = await openStore();
});
afterAll(async () => {
	await opened?.close();
	await store.remove();
});

const DOCUMENT = arrayDocument({ shape: [5, 4], chunkShape: [3, 3], dtype: "float64", fill: -1.5 });
const WHOLE = wholeOf(DOCUMENT.shape);
const BITS = bitsFor("float64", WHOLE, { seed: "at first" });
const FULL = expectedView(DOCUMENT, WHOLE, BITS);
const test: Case = { title: "grown and shrunk", document: DOCUMENT };

async function ours(name: string) {
	const dataset = await createOurs(store, name, test);
	await setBits(dataset, WHOLE, BITS);
	return dataset;
}

/** The view with another shape: what was there and still is stays, the rest is fill value. */
function resized(view: ArrayView, shape: readonly number[]): ArrayView {
	const kept: Box = shape.map((length, d) => [0, Math.min(length, view.shape[d] ?? 0)]);
	const [rows, columns] = kept as [[number, number], [number, number]];
	const itemSize = view.fill.length;
	const width = (view.shape[1] ?? 0) * itemSize;
	const lines = Array.from({ length: rows[1] }, (_, row) => [
		...view.values.subarray(row * width, row * width + columns[1] * itemSize),
	]);
	return expectedView({ ...DOCUMENT, shape }, kept, Uint8Array.from(lines.flat()));
}

describe.skipIf(opened === undefined).each(PEERS)("with $title", ({ peer }) => {
	const named = (name: string): string => `${peer}/${name}`;
	const theirs = async (name: string) => {
		const content = { document: DOCUMENT, fill: FULL.fill, box: WHOLE, values: BITS };
		await peers.create({ peer, path: store.path(name) }, content);
		return store.connection.getDataset(name);
	};

	it("what it adds to a resized array of ours is read after refresh", async () => {
		const dataset = await ours(named("grown"));
		const box: Box = [
			[4, 8],
			[1, 6],
		];
		const added = bitsFor("float64", box, { seed: "added" });
		await peers.resize(peer, store.path(dataset.name), [8, 6]);
		await peers.write(peer, store.path(dataset.name), box, added);
		const grown = resized(FULL, [8, 6]);
		expect(await viewOf(await dataset.refresh())).toEqual({ ...grown, values: replaced(grown, box, added) });
	});

	it("an array of ours that it shrinks is shrunk, and both see the same after it grew again", async () => {
		const dataset = await ours(named("shrunk"));
		await peers.resize(peer, store.path(dataset.name), [2, 4]);
		expect(await viewOf(await dataset.refresh())).toEqual(resized(FULL, [2, 4]));
		await peers.resize(peer, store.path(dataset.name), [7, 4]);
		expect(await viewOf(await dataset.refresh())).toEqual(await peers.read(peer, store.path(dataset.name)));
	});

	it("an array of its own that we shrink and grow holds fill value where it was cut off", async () => {
		const dataset = await theirs(named("cut"));
		await dataset.resize([2, 3]);
		const small = resized(FULL, [2, 3]);
		expect(await peers.read(peer, store.path(dataset.name))).toEqual(small);
		await dataset.resize([7, 5]);
		expect(await peers.read(peer, store.path(dataset.name))).toEqual(resized(small, [7, 5]));
	});

	it("what we append to an array of its own is at the offset that we return", async () => {
		const dataset = await theirs(named("appended"));
		const offset = await dataset.append({ data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [2, 4] });
		expect(offset).toBe(5);
		const values = new Uint8Array(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer);
		const long = resized(FULL, [7, 4]);
		const expected = {
			...long,
			values: replaced(
				long,
				[
					[5, 7],
					[0, 4],
				],
				values,
			),
		};
		expect(await peers.read(peer, store.path(dataset.name))).toEqual(expected);
	});

	it("attributes that we set on an array of its own are the only change to its metadata", async () => {
		const dataset = await theirs(named("annotated"));
		const attributes = { unit: "µm", counts: [1, 9007199254740993n], origin: -0.0 };
		await dataset.setAttributes(attributes);
		expect(meaning(await store.document(dataset.name))).toEqual(meaning({ ...DOCUMENT, attributes }));
		expect(await peers.read(peer, store.path(dataset.name))).toEqual({ ...FULL, attributes });
	});

	it("members that it need not understand outlive a change by it, and then one by us", async () => {
		const name = named("history");
		const history: Json = { must_understand: false, steps: ["a", 9007199254740993n] };
		await store.place(name, { ...(DOCUMENT as unknown as JsonObject), history });
		await peers.resize(peer, store.path(name), [6, 4]);
		const dataset = await store.connection.getDataset(name);
		await dataset.resize([7, 4]);
		expect(meaning(await store.document(name))).toEqual({ ...meaning(DOCUMENT), shape: [7, 4], history });
	});

	it.each([false, true])("zstd frames have a checksum where the metadata says so: %s", async (checksum) => {
		const { name, frame } = await zstdByPeer(named(`checksum ${checksum}`), [LITTLE, zstd(1, checksum)]);
		expect(frame).toEqual({ checksum, statesSize: true });
		const mine = frameOf(await readFile(join(store.path(`${name} ours`), "c/0")));
		expect(mine.checksum).toBe(checksum);
	});

	it("zstd frames that may not state the size of their content are read", async () => {
		const { frame } = await zstdByPeer(named("streamed"), [LITTLE, gzip(1), zstd(1, true)]);
		// TensorStore streams: it begins the frame before it knows how much gzip will write.
		expect(frame).toEqual({ checksum: true, statesSize: peer === "zarr" });
	});

	/** Makes an array of one chunk, reads it, copies it into one of ours, and tells of the frame that the peer wrote. */
	async function zstdByPeer(name: string, codecs: readonly Codec[]) {
		const document = arrayDocument({ shape: [1000], chunkShape: [1000], dtype: "float64", codecs });
		const box = wholeOf(document.shape);
		const values = bitsFor("float64", box, { seed: "frames" });
		const view = expectedView(document, box, values);
		await peers.create({ peer, path: store.path(name) }, { document, fill: view.fill, box, values });
		expect(await viewOf(await store.connection.getDataset(name))).toEqual(view);
		await setBits(await createOurs(store, `${name} ours`, { title: name, document }), box, values);
		return { name, frame: frameOf(await readFile(join(store.path(name), "c/0"))) };
	}
});

/** What the header of a zstd frame says (RFC 8878, section 3.1.1.1). */
function frameOf(bytes: Uint8Array): { checksum: boolean; statesSize: boolean } {
	expect([...bytes.subarray(0, 4)]).toEqual([0x28, 0xb5, 0x2f, 0xfd]);
	const descriptor = bytes[4] ?? 0;
	return { checksum: (descriptor & 0x04) !== 0, statesSize: (descriptor & 0xe0) !== 0 };
}

describe.skipIf(opened === undefined)("with zarr-python", () => {
	it("what it appends to an array of ours is read after refresh", async () => {
		const dataset = await ours("appended by zarr-python");
		const values = bitsFor(
			"float64",
			[
				[0, 5],
				[0, 3],
			],
			{ seed: "appended" },
		);
		const path = store.path(dataset.name);
		await peers.ask("append", { path, values: toText(values), shape: [5, 3], axis: 1 });
		const wide = resized(FULL, [5, 7]);
		const expected = {
			...wide,
			values: replaced(
				wide,
				[
					[0, 5],
					[4, 7],
				],
				values,
			),
		};
		expect(await viewOf(await dataset.refresh())).toEqual(expected);
	});

	it("attributes that it sets on an array of ours are read after refresh", async () => {
		const dataset = await ours("annotated by zarr-python");
		const attributes: Json = { unit: "µm", counts: [1, 2n ** 70n], nested: { origin: -0.0 } };
		await peers.ask("set_attributes", { path: store.path(dataset.name), attributes });
		expect(await viewOf(await dataset.refresh())).toEqual({ ...FULL, attributes });
	});
});

const ATTRIBUTES = { title: "Größe", nested: { list: [1, [2.5, null]] }, big: 9007199254740993n };

describe.skipIf(opened === undefined)("groups", () => {
	const contents = { a: "group", "a/b": "group", "a/b/data": "array", top: "array" };
	const attributes = { "": ATTRIBUTES, a: { name: "a" }, "a/b": {} };

	async function ourHierarchy(root: string): Promise<void> {
		await store.connection.createGroup(root, { attributes: ATTRIBUTES });
		await store.connection.createGroup(`${root}/a`, { attributes: { name: "a" } });
		await ours(`${root}/a/b/data`);
		await ours(`${root}/top`);
	}
	const seen = (root: string, consolidated: boolean) =>
		peers.ask("read_groups", { path: store.path(root), consolidated });

	async function seenByUs(root: string) {
		const nodes: string[] = [];
		for await (const { name, kind } of (await store.connection.group(root)).members()) nodes.push(`${kind} ${name}`);
		const datasets: string[] = [];
		for await (const name of store.connection.datasets({ prefix: root, recursive: true })) datasets.push(name);
		return { nodes: nodes.sort(), datasets: datasets.sort() };
	}

	it("of ours are zarr-python's, with attributes", async () => {
		await ourHierarchy("ours");
		expect(await seen("ours", false)).toEqual({ members: contents, groups: attributes });
	});

	it("of zarr-python are ours, with attributes", async () => {
		await peers.ask("create_groups", { path: store.path("theirs"), groups: attributes });
		const content = { document: DOCUMENT, fill: FULL.fill, box: WHOLE, values: BITS };
		await peers.create({ peer: "zarr", path: store.path("theirs/a/b/data") }, content);
		expect((await store.connection.group("theirs")).attributes).toEqual(ATTRIBUTES);
		expect((await store.connection.group("theirs/a")).attributes).toEqual({ name: "a" });
		expect((await seenByUs("theirs")).datasets).toEqual(["theirs/a/b/data"]);
		expect(await viewOf(await store.connection.getDataset("theirs/a/b/data"))).toEqual(FULL);
		await (await store.connection.group("theirs/a")).setAttributes({ added: true });
		expect(await seen("theirs", false)).toMatchObject({ groups: { a: { name: "a", added: true } } });
	});

	it("of ours that zarr-python consolidates stay ours, and grow", async () => {
		await ourHierarchy("consolidated");
		const before = await seenByUs("consolidated");
		await peers.ask("consolidate", { path: store.path("consolidated") });
		expect(await store.document("consolidated")).toHaveProperty("consolidated_metadata.kind", "inline");
		expect(await seen("consolidated", true)).toEqual({ members: contents, groups: attributes });
		expect(await seenByUs("consolidated")).toEqual(before);
		expect(await viewOf(await store.connection.getDataset("consolidated/a/b/data"))).toEqual(FULL);
		// What is made later takes away the copy that does not have it, which zarr-python would believe.
		await ours("consolidated/later");
		expect((await seenByUs("consolidated")).datasets).toEqual([...before.datasets, "consolidated/later"].sort());
		expect(await store.document("consolidated")).not.toHaveProperty("consolidated_metadata");
		expect(await seen("consolidated", false)).toEqual({ members: { ...contents, later: "array" }, groups: attributes });
	});

	it("that we consolidate are read by zarr-python from there, and are what it writes itself", async () => {
		await ourHierarchy("by us");
		await store.connection.createGroup("by us/A/empty");
		await ours("by us/A/data");
		await store.connection.consolidateMetadata("by us");
		const byUs = await store.document("by us");
		const members = { ...contents, A: "group", "A/empty": "group", "A/data": "array" };
		const groups = { ...attributes, A: {}, "A/empty": {} };
		expect(await seen("by us", true)).toEqual({ members, groups });
		await peers.ask("consolidate", { path: store.path("by us") });
		const byThem = await store.document("by us");
		const nodes = (document: JsonObject) => (document.consolidated_metadata as JsonObject).metadata as JsonObject;
		expect(Object.keys(nodes(byUs)).sort()).toEqual(Object.keys(nodes(byThem)).sort());
		for (const [name, node] of Object.entries(nodes(byThem)) as [string, JsonObject][]) {
			const mine = nodes(byUs)[name] as JsonObject;
			if (node.node_type === "array") expect(meaning(mine), name).toEqual(meaning(node));
			else expect(mine, name).toEqual(node);
		}
	});

	it("that zarr-python consolidated list the same to us, from there and from the store", async () => {
		await ourHierarchy("by them");
		await peers.ask("consolidate", { path: store.path("by them") });
		const group = await store.connection.group("by them");
		const names = async (consolidated: boolean) => {
			const found: string[] = [];
			for await (const { name, kind } of group.members({ recursive: true, consolidated }))
				found.push(`${kind} ${name}`);
			return found.sort();
		};
		expect(await names(true)).toEqual(await names(false));
		expect(await names(true)).toHaveLength(4);
	});
});
