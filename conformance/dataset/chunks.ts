import { dataType } from "../../src/format/data-types.js";
import { equal, rejects, sameBytes } from "../expect.js";
import { counting, part, sameValues, span } from "./arrays.js";
import { always, type Clause, collect, keysOf, lists, partial, where } from "./fixture.js";

const TABLE = { chunkShape: [3, 4], dimensionNames: ["y", "x"] } as const;

export const chunks: readonly Clause[] = [
	partial("a chunk reads and writes its valid part", async (con) => {
		const ds = await con.createDataset("a", { ...TABLE, data: counting([7, 10]) });
		const chunk = ds.chunk([2, 1]);
		equal([chunk.coords, chunk.origin, chunk.shape, chunk.key], [[2, 1], [6, 4], [1, 4], "a/c/2/1"], "what it is");
		sameValues(await chunk.get(), part(counting([7, 10]), [[6], span(4, 8)]), "values");
		sameValues(await chunk.get({ x: -1 }), { data: Int32Array.of(68), shape: [1] }, "a part");
		await chunk.set("0, ::2", [-1, -2]);
		sameValues(
			await ds.get("6"),
			{ data: Int32Array.of(61, 62, 63, 64, -1, 66, -2, 68, 69, 70), shape: [10] },
			"the row",
		);
		await rejects(() => chunk.get([1]), "OUT_OF_BOUNDS", "a row of the padding");
		await rejects(() => chunk.set([0, 4], 0), "OUT_OF_BOUNDS", "a column of the next chunk");
	}),
	where(
		({ supports }) => supports.createIfAbsent === true,
		"chunks are created, found, got and deleted one by one",
		async (con) => {
			const ds = await con.createDataset("a", { shape: [7, 10], dtype: "int16", ...TABLE, fillValue: 3 });
			equal(await ds.hasChunk([0, 0]), false, "at first");
			await rejects(() => ds.getChunk([0, 0]), "NOT_FOUND", "getChunk of a missing one");
			await ds.createChunk([0, 0]);
			equal([await ds.hasChunk([0, 0]), await ds.hasChunk([0, 1])], [true, false], "a chunk of fill value is stored");
			sameValues(
				await (await ds.getChunk([0, 0])).get("0"),
				{ data: new Int16Array(4).fill(3), shape: [4] },
				"its values",
			);
			await rejects(() => ds.createChunk([0, 0]), "ALREADY_EXISTS", "a second one");
			const chunk = await ds.createChunk([2, 2], [[8, 9]]);
			equal([await chunk.exists(), await ds.at(6, 8), await ds.at(6, 9)], [true, 8, 9], "one with values");
			await rejects(() => ds.createChunk([1, 1], [1, 2, 3]), "INVALID_ARGUMENT", "values that do not fit");
			await ds.deleteChunk([2, 2]);
			await chunk.delete();
			equal([await chunk.exists(), await ds.at(6, 9)], [false, 3], "after deleting it");
		},
	),
	always("coordinates outside the chunk grid are an error", async (con) => {
		const ds = await con.createDataset("a", { shape: [16, 16], dtype: "int8", chunkShape: [4, 4] });
		for (const coords of [[0, 99], [4, 0], [-1, 0], [0.5, 0], [0], [0, 0, 0]]) {
			const what = `[${coords.join(", ")}]`;
			await rejects(async () => ds.chunk(coords), "OUT_OF_BOUNDS", `chunk ${what}`);
			await rejects(() => ds.hasChunk(coords), "OUT_OF_BOUNDS", `hasChunk ${what}`);
			await rejects(() => ds.getChunk(coords), "OUT_OF_BOUNDS", `getChunk ${what}`);
			await rejects(() => ds.createChunk(coords), "OUT_OF_BOUNDS", `createChunk ${what}`);
			await rejects(() => ds.deleteChunk(coords), "OUT_OF_BOUNDS", `deleteChunk ${what}`);
		}
	}),
	where(lists, "chunks walks the grid, or what is stored", async (con) => {
		const ds = await con.createDataset("a", { shape: [7, 10], dtype: "int8", ...TABLE });
		await ds.set("3:6, 8:", 1);
		await ds.set("6:, 0:4", 1);
		const coords = async (stored: boolean) => (await collect(ds.chunks({ stored }))).map((chunk) => chunk.coords);
		equal(
			await coords(false),
			[
				[0, 0],
				[0, 1],
				[0, 2],
				[1, 0],
				[1, 1],
				[1, 2],
				[2, 0],
				[2, 1],
				[2, 2],
			],
			"the grid",
		);
		equal(
			(await coords(true)).sort(),
			[
				[1, 2],
				[2, 0],
			],
			"what is stored",
		);
	}),
	always("blocks are the whole array, piece by piece", async (con) => {
		const data = counting([7, 10]);
		const ds = await con.createDataset("a", { ...TABLE, data });
		for (const shape of [undefined, [2, 7], [7, 10], [9, 1]]) {
			const blocks = await collect(ds.blocks({ shape }));
			for (const { origin, shape: box, values } of blocks) {
				const axes = origin.map((start, d) => span(start, start + (box[d] as number)));
				sameValues(values, part(data, axes), `block of ${shape} at [${origin}]`);
			}
			equal(
				blocks.reduce((sum, { values }) => sum + values.size, 0),
				70,
				`elements in blocks of ${shape}`,
			);
		}
		await rejects(() => collect(ds.blocks({ shape: [0, 1] })), "INVALID_ARGUMENT", "a block of nothing");
		await rejects(() => collect(ds.blocks({ shape: [1] })), "INVALID_ARGUMENT", "another rank");
	}),
	where(lists, "keys and bytes are those of Zarr v3, on every store the same", async (con) => {
		const data = { data: Int16Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]), shape: [3, 5] };
		const options = { data, chunkShape: [2, 3], fillValue: -2, codecs: ["bytes"] } as const;
		const { shardShape, chunkLengths } = await con.createDataset("g/a", options);
		await con.createDataset("v2", { ...options, chunkKeyEncoding: { name: "v2" } });
		const grid = ["0/0", "0/1", "1/0", "1/1"];
		const expected = ["zarr.json", "g/zarr.json", "g/a/zarr.json", "v2/zarr.json"];
		expected.push(...grid.map((at) => `g/a/c/${at}`), ...grid.map((at) => `v2/${at.replace("/", ".")}`));
		equal(await keysOf(con), expected.sort(), "keys");
		// What follows is about the padding of a regular grid.
		if (shardShape !== undefined || chunkLengths !== undefined) return;
		const edge = await con.backend.get("g/a/c/1/1");
		const padded = Int16Array.of(14, 15, -2, -2, -2, -2);
		sameBytes(edge?.parts[0], littleEndian(padded), "an edge chunk, padded with fill value");
		const metadata = JSON.parse(new TextDecoder().decode((await con.backend.get("g/a/zarr.json"))?.parts[0]));
		equal(
			metadata,
			{
				zarr_format: 3,
				node_type: "array",
				shape: [3, 5],
				data_type: "int16",
				chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 3] } },
				chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
				fill_value: -2,
				codecs: [{ name: "bytes", configuration: { endian: "little" } }],
				attributes: {},
			},
			"metadata",
		);
	}),
	always("a chunk shape that is left out is chosen, and stored", async (con) => {
		const ds = await con.createDataset("a", { shape: [1000, 1000, 1000], dtype: "float32" });
		const bytes = ds.chunkShape.reduce((product, length) => product * length, dataType("float32").itemSize);
		equal(bytes >= 2 ** 19 && bytes <= 2 ** 23, true, `about 1 to 4 MiB, not ${bytes} bytes`);
		equal((await con.getDataset("a")).chunkShape, ds.chunkShape, "as stored");
	}),
];

function littleEndian(values: Int16Array): Uint8Array {
	const view = new DataView(new ArrayBuffer(values.byteLength));
	values.forEach((value, i) => void view.setInt16(2 * i, value, true));
	return new Uint8Array(view.buffer);
}
