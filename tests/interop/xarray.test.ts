/** xarray opens groups of ours by the names of dimensions, with and without consolidated metadata; what it writes is ours. */
import type { Connection, CreateOptions } from "tesserae";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../dist/src/format/json.js";
import { openPeers, type Peers, toText } from "./peers.js";
import { openStore, type Store } from "./store.js";

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

const wire = (values: ArrayBufferView): string =>
	toText(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
const float32 = (length: number) => Float32Array.from({ length }, (_, i) => i / 2);

async function ours(con: Connection, root: string, format: 2 | 3): Promise<void> {
	const make = (name: string, options: CreateOptions) => con.createDataset(`${root}/${name}`, { format, ...options });
	await make("y", { data: Float64Array.of(10.5, 20.5, 30.5), dimensionNames: ["y"] });
	await make("x", { data: [0n, 1n, 2n, 3n], fillValue: -1n as never, dimensionNames: ["x"] });
	await make("scalar", { shape: [], dtype: "int32", data: 7, fillValue: -1, dimensionNames: [] });
	await make("field", {
		data: { data: float32(12), shape: [3, 4] },
		chunkShape: [2, 3],
		fillValue: Number.NaN,
		dimensionNames: ["y", "x"],
		attributes: { units: "K", valid: [0, 6] },
	});
	const packed = await make("below/packed", {
		shape: [3, 4],
		dtype: "int16",
		fillValue: -1,
		chunkShape: [2, 2],
		...(format === 3 ? { shardShape: [4, 4] } : undefined),
		dimensionNames: ["y", "x"],
		attributes: { scale_factor: 0.5, add_offset: 10 },
	});
	await packed.set("...", { data: Int16Array.from({ length: 12 }, (_, i) => i), shape: [3, 4] });
	await (await con.group(root)).setAttributes({ title: "Größe" });
}

const FIELD = { dims: ["y", "x"], dtype: "<f4", values: wire(float32(12)), attributes: { units: "K", valid: [0, 6] } };
const PACKED = Float64Array.from({ length: 12 }, (_, i) => i / 2 + 10);

describe.skipIf(opened === undefined).each([2, 3] as const)("format %i", (format) => {
	const read = (name: string, group: string | null, consolidated: boolean) =>
		peers.ask("xarray_read", { path: store.path(name), group, consolidated, zarr_format: format });

	/** In format 2 the fill value says what is missing, for which only floats have a value. */
	const integers = (dims: string[], values: Int32Array | BigInt64Array) => {
		const [dtype, read]: [string, ArrayBufferView] =
			format === 2 ? ["<f8", Float64Array.from([...values].map(Number))] : [`<i${values.BYTES_PER_ELEMENT}`, values];
		return { dims, dtype, values: wire(read), attributes: {} };
	};

	it.each([false, true])("ours is opened by xarray; consolidated: %s", async (consolidated) => {
		const root = `ours-${format}-${consolidated}`;
		await ours(store.connection, root, format);
		if (consolidated) await store.connection.consolidateMetadata(root);
		expect(await read(root, null, consolidated)).toEqual({
			sizes: { y: 3, x: 4 },
			attributes: { title: "Größe" },
			coordinates: {
				y: { dims: ["y"], dtype: "<f8", values: wire(Float64Array.of(10.5, 20.5, 30.5)), attributes: {} },
				x: integers(["x"], BigInt64Array.of(0n, 1n, 2n, 3n)),
			},
			variables: {
				field: FIELD,
				scalar: integers([], Int32Array.of(7)),
			},
		});
		const below = (await read(root, "below", consolidated)) as JsonObject;
		expect(below.variables).toMatchObject({ packed: { dims: ["y", "x"], values: wire(PACKED) } });
		expect(await peers.ask("xarray_tree", { path: store.path(root) })).toEqual({
			"/": ["field", "scalar", "x", "y"],
			"/below": ["packed"],
		});
	});

	it.each([false, true])("what xarray wrote is ours; consolidated: %s", async (consolidated) => {
		const root = `theirs-${format}-${consolidated}`;
		await peers.ask("xarray_write", { path: store.path(root), zarr_format: format, consolidated });
		const con = store.connection;
		const group = await con.group(root);
		expect(group.attributes).toEqual({ title: "Größe", numbers: [1, 2.5] });
		const names: string[] = [];
		for await (const { name } of group.members({ consolidated })) names.push(name.slice(root.length + 1));
		expect(names.sort()).toEqual(["flags", "packed", "plain", "scalar", "time", "x", "y"]);
		const packed = await con.getDataset(`${root}/packed`);
		expect([packed.format, packed.dtype, packed.shape]).toEqual([format, "int16", [4, 3, 5]]);
		expect([packed.dimensionNames, packed.chunkShape]).toEqual([
			["time", "y", "x"],
			[2, 2, 3],
		]);
		expect(packed.attributes).toMatchObject({ units: "K", scale_factor: 0.5, add_offset: 10 });
		const raw = Int16Array.from({ length: 60 }, (_, i) => (i === 0 ? -999 : i - 20));
		expect((await packed.get()).data).toEqual(raw);
		expect((await packed.get({ time: 3, y: 2 })).data).toEqual(raw.slice(55));
		const plain = await con.getDataset(`${root}/plain`);
		expect(plain.shardShape).toEqual(format === 3 ? [4, 2] : undefined);
		expect((await plain.get()).data).toEqual(Float32Array.from({ length: 15 }, (_, i) => i));
		const scalar = await con.getDataset(`${root}/scalar`);
		expect([scalar.dimensionNames ?? [], await scalar.at()]).toEqual([[], 7]);
		const flags = await con.getDataset(`${root}/flags`);
		expect([...(await flags.get()).data].map(Number)).toEqual([1, 0, 1, 1, 0]);
	});

	it("what we write into one of xarray's is what xarray decodes", async () => {
		const root = `shared-${format}`;
		await peers.ask("xarray_write", { path: store.path(root), zarr_format: format, consolidated: true });
		const packed = await store.connection.getDataset(`${root}/packed`);
		await packed.set("0, 0, :2", [-20, -999]);
		await packed.setAttributes({ units: "°C" });
		const view = (await read(root, null, false)) as { variables: { packed: { values: string; attributes: object } } };
		const values = new Float64Array(new Uint8Array(Buffer.from(view.variables.packed.values, "base64")).buffer);
		expect([...values.slice(0, 3)]).toEqual([0, Number.NaN, 1]);
		expect(view.variables.packed.attributes).toMatchObject({ units: "°C" });
	});
});
