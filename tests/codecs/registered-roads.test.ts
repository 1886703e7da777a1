/** The codecs of zarr-extensions on the whole road: created, written in part, read in part, within shards and around them. */
import { type Connection, connect } from "tesserae";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CodecMetadata } from "../../dist/src/format/metadata.js";

let con: Connection;
beforeAll(async () => {
	con = await connect("ram:");
});
afterAll(() => con.close());

const LITTLE = { name: "bytes", configuration: { endian: "little" } };
const codec = (name: string, configuration: object): CodecMetadata => ({ name, configuration: { ...configuration } });
const n5 = codec("n5_default", {
	codecs: [
		codec("transpose", { order: [1, 0] }),
		codec("bytes", { endian: "big" }),
		codec("zstd", { level: 1, checksum: false }),
	],
});
const sharded = (...codecs: readonly CodecMetadata[]): CodecMetadata =>
	codec("sharding_indexed", { chunk_shape: [2, 3], codecs, index_codecs: [LITTLE, { name: "crc32c" }] });
const CAST = codec("cast_value", { data_type: "int16", rounding: "nearest-even" });
const SCALE = codec("scale_offset", { offset: 4, scale: 2 });
const RESHAPE = codec("reshape", { shape: [1, [0], [1]] });

const CHAINS: readonly (readonly [title: string, codecs: readonly (string | CodecMetadata)[]])[] = [
	["packbits", [codec("packbits", { last_bit: 7, padding_encoding: "last_byte" })]],
	["packbits in shards", [sharded(codec("packbits", {}))]],
	["bitround", [codec("bitround", { keepbits: 8 }), "zstd"]],
	["bitround around shards", [codec("bitround", { keepbits: 8 }), sharded(LITTLE)]],
	["reshape", [RESHAPE, codec("transpose", { order: [2, 0, 1] }), "gzip"]],
	[
		"reshape around shards",
		[
			codec("reshape", { shape: [[0, 1]] }),
			codec("sharding_indexed", { chunk_shape: [4], codecs: [LITTLE], index_codecs: [LITTLE] }),
		],
	],
	["cast_value", [CAST]],
	["cast_value in shards", [sharded(CAST, LITTLE)]],
	["cast_value around shards", [CAST, sharded(LITTLE)]],
	["scale_offset, cast_value", [SCALE, codec("cast_value", { data_type: "int8" }), "crc32c"]],
	["n5_default", [n5]],
	["n5_default in shards", [sharded(n5)]],
	["conditional", [LITTLE, codec("conditional", { codecs: [codec("gzip", { level: 1 }), { name: "crc32c" }] })]],
];

for (const [title, codecs] of CHAINS)
	for (const dtype of ["int32", "float32"] as const) {
		// A float in few bits is another number.
		if (title === "packbits" && dtype === "float32") continue;
		test(`${title}, ${dtype}`, async () => {
			const name = `${title} ${dtype}`;
			const ds = await con.createDataset(name, { shape: [9, 7], chunkShape: [4, 6], dtype, codecs, fillValue: 6 });
			const model = Array.from({ length: 9 }, (_, y) =>
				Array.from({ length: 7 }, (_, x) => (y >= 5 && x >= 4 ? 6 : y * 7 + x)),
			);
			await ds.set("0:5", model.slice(0, 5));
			await ds.set(
				"5:, :4",
				model.slice(5).map((row) => row.slice(0, 4)),
			);
			const again = await con.getDataset(name);
			expect(Array.from((await again.get()).data, Number)).toEqual(model.flat());
			expect(Array.from((await again.get("3:8:2, ::-2")).data, Number)).toEqual(
				[3, 5, 7].flatMap((y) => [6, 4, 2, 0].map((x) => model[y]?.[x])),
			);
			await again.set("1:3, 2:4", 12);
			expect(Array.from((await ds.get("1, 1:5")).data, Number)).toEqual([8, 12, 12, 11]);
		});
	}

test("values that do not fit are refused, the chunk is named, and nothing is written", async () => {
	const ds = await con.createDataset("refused", {
		shape: [4],
		dtype: "float64",
		codecs: [codec("cast_value", { data_type: "uint8" })],
	});
	await expect(ds.set("...", [1, 2, 300, 4])).rejects.toMatchObject({ code: "INVALID_ARGUMENT", chunk: [0] });
	await expect(ds.set("...", [1, 2, 300, 4])).rejects.toThrow(/float64 300 does not fit uint8/);
	expect(await ds.hasChunk([0])).toBe(false);
});

test("wider values than the data type's have an order of bytes by themselves", async () => {
	const ds = await con.createDataset("wider", {
		shape: [3],
		dtype: "uint8",
		codecs: [codec("cast_value", { data_type: "int16" })],
	});
	await ds.set("...", [1, 2, 255]);
	expect(Array.from((await ds.get()).data)).toEqual([1, 2, 255]);
	expect(ds.codecs[1]).toEqual(LITTLE);
});
