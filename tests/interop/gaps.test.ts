/**
 * What a peer cannot carry, shown as such: when a new release can, the test fails, and the case moves to where the others are. What the
 * library itself makes of each is asserted beside it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../dist/src/format/json.js";
import { bitsOfFill } from "./bits.js";
import { type ArrayDocument, arrayDocument, LITTLE, shards, transpose } from "./documents.js";
import { type Box, openPeers, PEERS, type PeerName, type Peers } from "./peers.js";
import { asNumbers, expectedView, openStore, type Store, viewOf } from "./store.js";

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

const layout = { shape: [4], chunkShape: [2] };
const NOTHING: Box = [[0, 0]];
const read = (peer: PeerName, name: string) => peers.read(peer, store.path(name));
const fillOf = (document: ArrayDocument): Uint8Array => bitsOfFill(document.fill_value, document.data_type);

/** Makes an array with a peer, and writes to a part of it. */
async function createTheirs(peer: PeerName, name: string, document: ArrayDocument, box: Box, values: Uint8Array) {
	await peers.create({ peer, path: store.path(name) }, { document, fill: fillOf(document), box, values });
}

describe.skipIf(opened === undefined)("neither peer", () => {
	it.each([
		["zarr", /No Zarr data type found that matches 'r24'/],
		["tensorstore", /Expected base64-encoded string for raw_bytes fill_value/],
	] as const)("reads raw bits as the core specification has them: %s", async (peer, message) => {
		const name = `raw ${peer}`;
		const data = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
		const created = { shape: [4], chunkShape: [2], dtype: "r24" as const, fillValue: [1, 2, 3] };
		const dataset = await store.connection.createDataset(name, created);
		await dataset.set("...", { data, shape: [4, 3] });
		await expect(read(peer, name)).rejects.toThrow(message);
		expect((await dataset.get()).data).toEqual(data);
	});

	it.each(PEERS)("reads extension points given by name alone ($title), until we rewrite them", async ({ peer }) => {
		const name = `short ${peer}`;
		const document = arrayDocument({ ...layout, dtype: "uint8", fill: 7 });
		await store.place(name, { ...document, chunk_key_encoding: "default", codecs: ["bytes"] } as unknown as JsonObject);
		await expect(read(peer, name)).rejects.toThrow(/Expected dict|Expected object/);
		const dataset = await store.connection.getDataset(name);
		const view = expectedView(document, NOTHING, new Uint8Array());
		expect(await viewOf(dataset)).toEqual(view);
		await dataset.setAttributes({ rewritten: true });
		expect(await read(peer, name)).toEqual({ ...view, attributes: { rewritten: true } });
	});
});

describe.skipIf(opened === undefined)("zarr-python", () => {
	it.each([
		["float32", "0x7fc00001"],
		["float64", "0x7ff8000000000001"],
	])("states every NaN as the canonical one: %s %s", async (dtype, fill) => {
		const name = `canonical ${dtype}`;
		await createTheirs("zarr", name, arrayDocument({ ...layout, dtype, fill }), NOTHING, new Uint8Array());
		expect(await store.document(name)).toMatchObject({ fill_value: "NaN" });
	});

	it.each([
		["a float16 without its payload", "float16", "0x7e01", "0x7e00"],
		["a signalling float32 as a quiet one", "float32", "0x7f800001", "0x7fc00001"],
	])("reads a NaN as fill value of %s", async (_, dtype, stated, seen) => {
		const name = `payload ${dtype}`;
		const document = arrayDocument({ ...layout, dtype, fill: stated });
		await store.place(name, document);
		const view = expectedView({ ...document, fill_value: seen }, NOTHING, new Uint8Array());
		expect(await read("zarr", name)).toEqual(view);
		const exact = expectedView(document, NOTHING, new Uint8Array());
		expect(await viewOf(await store.connection.getDataset(name))).toEqual(asNumbers(exact));
	});

	it("does not store a chunk in which all is NaN where the fill value is NaN, whatever the payloads", async () => {
		const document = arrayDocument({ ...layout, dtype: "float64", fill: "NaN" });
		const values = bitsOfFill("0x7ff8000000000001", "float64");
		const payloads = Uint8Array.from([...values, ...values]);
		await createTheirs("zarr", "dropped", document, [[0, 2]], payloads);
		expect(await store.chunkKeys("dropped")).toEqual([]);
		const dataset = await store.connection.getDataset("dropped");
		await dataset.set("0:2", { data: new Float64Array(payloads.slice().buffer), shape: [2] });
		expect(await store.chunkKeys("dropped")).toEqual(["c/0"]);
		expect(await read("zarr", "dropped")).toEqual(expectedView(document, [[0, 2]], payloads));
	});
});

describe.skipIf(opened === undefined)("zarr-python", () => {
	it("wants chunks of shards to divide the shard as it is before its axes are transposed, which the codec never sees", async () => {
		const codecs = [transpose(1, 0), shards([3, 2], [LITTLE])];
		const document = arrayDocument({ shape: [5, 4], chunkShape: [4, 6], dtype: "uint8", codecs });
		await store.place("turned", document);
		await expect(read("zarr", "turned")).rejects.toThrow(/needs to be divisible by the shard's inner/);
		const values = Uint8Array.from({ length: 20 }, (_, i) => i);
		const dataset = await store.connection.getDataset("turned");
		await dataset.set("...", { data: values, shape: [5, 4] });
		expect((await read("tensorstore", "turned")).values).toEqual(values);
	});
});

describe.skipIf(opened === undefined)("TensorStore", () => {
	it("knows integers in attributes up to 64 bits, and takes larger ones for floats", async () => {
		const huge = 2n ** 100n;
		const document = arrayDocument({ ...layout, dtype: "uint8", attributes: { huge } });
		await store.place("huge", document);
		expect((await read("tensorstore", "huge")).attributes).toEqual({ huge: Number(huge) });
		expect((await store.connection.getDataset("huge")).attributes).toEqual({ huge });
		await peers.resize("tensorstore", store.path("huge"), [5]);
		expect(await store.document("huge")).toMatchObject({ attributes: { huge: Number(huge) } });
	});

	it("has arrays only: it does not open groups", async () => {
		await store.connection.createGroup("group");
		await expect(read("tensorstore", "group")).rejects.toThrow(/Expected "array", but received: "group"/);
		expect(await store.connection.hasGroup("group")).toBe(true);
	});
});
