/** Fill values of records as packed bytes in base64: `structured` in v3 and structured types in v2. The codec `bytes` packs the same. */
import { type Connection, type CreateOptions, connect, type Dataset, type DType } from "tesserae";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let con: Connection;
beforeAll(async () => {
	con = await connect("ram:");
});
afterAll(() => con.close());

let made = 0;
const nextName = (): string => `d${made++}`;

async function contentOf(key: string): Promise<Uint8Array> {
	return new Uint8Array((await con.backend.get(key))?.parts[0] as Uint8Array);
}

async function documentOf(key: string): Promise<{ [member: string]: unknown }> {
	return JSON.parse(new TextDecoder().decode(await contentOf(key)));
}

const put = async (key: string, document: unknown): Promise<void> => {
	await con.backend.put(key, new TextEncoder().encode(JSON.stringify(document)));
};

/** A dataset of one chunk of one record. */
async function single(record: unknown, options: CreateOptions<DType>): Promise<Dataset<DType>> {
	const dataset = await con.createDataset<DType>(nextName(), {
		...options,
		shape: [1],
		chunkShape: [1],
		codecs: options.codecs ?? [],
	});
	await dataset.set(0, record as never);
	return dataset;
}

const asBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const codecs = (endian: "little" | "big") => [{ name: "bytes", configuration: { endian } }];

const NUMPY_DTYPE =
	"struct[b: bool, i: int16, u: uint64, h: float16, c: complex64, r: r24, t: datetime64[s], p: struct[s: U3, f: float64]]";
const NUMPY_RECORD = {
	...{ b: true, i: -2, u: 2n ** 63n + 5n, h: 1.5, c: [1, -2], r: [1, 2, 3], t: -7n },
	p: { s: "a🧠", f: -0.1 },
};
const DTYPE = `${NUMPY_DTYPE.slice(0, -1)}, n: int4, q: bfloat16, e: float8_e4m3fn, z: complex_float8_e5m2]` as DType;
const RECORD = { ...NUMPY_RECORD, n: -8, q: Number.NEGATIVE_INFINITY, e: 448, z: [0.25, 3] };

/** As zarr-python names it, its fields as pairs. */
function legacy({ configuration }: { configuration: { fields: { name: string; data_type: never }[] } }): unknown {
	return { name: "structured", configuration: { fields: configuration.fields.map((f) => [f.name, f.data_type]) } };
}

describe("structured in v3", () => {
	const inShards = [
		{
			name: "sharding_indexed",
			configuration: { chunk_shape: [1], codecs: codecs("big"), index_codecs: codecs("little") },
		},
	];
	test.each([
		["little-endian", codecs("little"), codecs("little")],
		["big-endian", codecs("big"), codecs("big")],
		["without an order", codecs("little"), [{ name: "bytes" }]],
		["big-endian within shards", codecs("big"), inShards],
	])("%s, is the record that its bytes are, and stays as it is", async (_, packing, stated) => {
		const packed = await single(RECORD, { dtype: DTYPE, codecs: packing });
		const document = await documentOf(`${packed.name}/zarr.json`);
		const fill = asBase64(await contentOf(`${packed.name}/c/0`));
		const name = nextName();
		const members = { data_type: legacy(document.data_type as never), fill_value: fill, codecs: stated };
		await put(`${name}/zarr.json`, { ...document, ...members, shape: [3] });
		const dataset = await con.getDataset(name);
		expect(dataset.fillValue).toEqual(RECORD);
		expect(await dataset.at(2)).toEqual(RECORD);
		await dataset.resize([2]);
		await dataset.setAttributes({ touched: true });
		expect(await documentOf(`${name}/zarr.json`)).toMatchObject({ ...members, shape: [2] });
		expect((await con.getDataset(name)).fillValue).toEqual(RECORD);
		await dataset.set(0, RECORD as never);
		expect(await dataset.hasChunk([0])).toBe(false);
	});

	test("given by a user is written as struct", async () => {
		const raw = { name: "raw_bytes", configuration: { length_bytes: 2 } };
		const inner = { name: "structured", configuration: { fields: [["c", raw]] } };
		const fields = [
			["a", "int16"],
			["b", inner],
		];
		const { name } = await con.createDataset(nextName(), {
			shape: [1],
			dtype: { name: "structured", configuration: { fields } } as never,
			fillValue: { a: 1, b: { c: [2, 3] } } as never,
		});
		const renamed = { name: "struct", configuration: { fields: [{ name: "c", data_type: raw }] } };
		const written = [
			{ name: "a", data_type: "int16" },
			{ name: "b", data_type: renamed },
		];
		expect(await documentOf(`${name}/zarr.json`)).toMatchObject({
			data_type: { name: "struct", configuration: { fields: written } },
			fill_value: { a: 1, b: { c: "AgM=" } },
		});
	});

	test("keeps what no value shows: the payload of a NaN", async () => {
		const { name } = await con.createDataset(nextName(), { shape: [1], dtype: "struct[f: float32]" as DType });
		const fields = [["f", "float32"]];
		const document = await documentOf(`${name}/zarr.json`);
		const members = { data_type: { name: "structured", configuration: { fields } }, fill_value: "AQDAfw==" };
		await put(`${name}/zarr.json`, { ...document, ...members });
		const dataset = await con.getDataset(name);
		expect(dataset.fillValue).toEqual({ f: Number.NaN });
		await dataset.setAttributes({ touched: true });
		expect(await documentOf(`${name}/zarr.json`)).toMatchObject(members);
	});

	test.each([
		["too short", "structured", "AQ==", "8 bytes in base64"],
		["no base64", "structured", "#", "8 bytes in base64"],
		["no text", "structured", "AQAAAP///38=", "2147483647 is no code point"],
		["of struct, which has objects only", "struct", "AQAAAGEAAAA=", "it takes an object"],
	])("%s, is refused", async (_, type, fill, part) => {
		const text = { name: "fixed_length_utf32", configuration: { length_bytes: 4 } };
		const dataset = await con.createDataset(nextName(), { shape: [1], dtype: "struct[a: int32, b: U1]" as DType });
		const document = await documentOf(`${dataset.name}/zarr.json`);
		const fields = [
			{ name: "a", data_type: "int32" },
			{ name: "b", data_type: text },
		];
		const members = { data_type: { name: type, configuration: { fields } }, fill_value: fill };
		await put(`${dataset.name}/zarr.json`, { ...document, ...members });
		const message = expect.stringMatching(new RegExp(`member "fill_value": .*${part}`));
		await expect(con.getDataset(dataset.name)).rejects.toMatchObject({ code: "CORRUPT", message });
	});
});

describe("structured types in v2", () => {
	test.each(["little", "big"] as const)("%s-endian, are written as the bytes that they are", async (endian) => {
		const options = { format: 2, dtype: NUMPY_DTYPE as DType, codecs: codecs(endian) } as const;
		const packed = await single(NUMPY_RECORD, options);
		const fill = asBase64(await contentOf(`${packed.name}/0`));
		const dataset = await con.createDataset(nextName(), { ...options, shape: [2], fillValue: NUMPY_RECORD as never });
		expect((await documentOf(`${dataset.name}/.zarray`)).fill_value).toBe(fill);
		const again = await con.getDataset(dataset.name);
		expect(again.fillValue).toEqual(NUMPY_RECORD);
		expect(await again.at(1)).toEqual(NUMPY_RECORD);
	});

	test("of other bytes than a record has are refused", async () => {
		const wanted = { format: 2, shape: [1], dtype: "struct[a: int32]" as DType } as const;
		const { name } = await con.createDataset(nextName(), wanted);
		const document = await documentOf(`${name}/.zarray`);
		for (const fill of ["AQ==", "#", 1, { a: 1 }]) {
			await put(`${name}/.zarray`, { ...document, fill_value: fill });
			const message = expect.stringContaining("4 bytes in base64");
			await expect(con.getDataset(name)).rejects.toMatchObject({ code: "CORRUPT", message });
		}
	});
});
