/** Bytes that nobody stored so: they end in CORRUPT or in a chunk of the right shape, and what a header claims is not believed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
	ArrayToBytesCodec,
	BytesToBytesCodec,
	ChunkData,
	CodecConfiguration,
} from "../../dist/src/codecs/codec.js";
import { pipeline } from "../../dist/src/codecs/pipeline.js";
import { codecFactory } from "../../dist/src/codecs/registry.js";
import { isStoreError, type StoreError } from "../../dist/src/errors.js";
import { dataType } from "../../dist/src/format/data-types.js";
import { hex } from "./subjects.js";

const SHAPE = [3, 4];
const SPEC = { shape: SHAPE, dtype: dataType("int16"), fill: Int16Array.of(7) };
const CHUNK: ChunkData = {
	data: Int16Array.from({ length: 12 }, (_, i) => i),
	shape: SHAPE,
	stride: [4, 1],
	offset: 0,
};

const TURNED: readonly CodecConfiguration[] = [
	{ name: "transpose", configuration: { order: [1, 0] } },
	{ name: "bytes", configuration: { endian: "big" } },
];
const GZIP = { name: "gzip", configuration: { level: 1 } };
const n5 = (...more: readonly CodecConfiguration[]): ArrayToBytesCodec =>
	codecFactory("n5_default").parse({ codecs: [...TURNED, ...more] }, SPEC, pipeline) as ArrayToBytesCodec;

const CORES: readonly (readonly [title: string, codec: ArrayToBytesCodec])[] = [
	["n5_default", n5()],
	["n5_default, gzip", n5(GZIP)],
	[
		"packbits",
		codecFactory("packbits").parse(
			{ padding_encoding: "first_byte", last_bit: 4 },
			SPEC,
			pipeline,
		) as ArrayToBytesCodec,
	],
];

async function outcome(run: () => unknown): Promise<StoreError | "done"> {
	try {
		await run();
		return "done";
	} catch (error) {
		if (isStoreError(error)) return error;
		throw error;
	}
}

test.each(CORES)("%s survives damage", async (_, codec) => {
	const stored = new Uint8Array(await codec.encode(CHUNK, { fresh: true }));
	const change = fc.record({
		bytes: fc.array(fc.tuple(fc.nat(stored.length - 1), fc.nat(255)), { maxLength: 4 }),
		length: fc.oneof(fc.constant(stored.length), fc.nat(stored.length + 3)),
	});
	await fc.assert(
		fc.asyncProperty(change, async ({ bytes, length }) => {
			const damaged = new Uint8Array(Math.max(length, stored.length));
			damaged.set(stored);
			for (const [at, value] of bytes) damaged[at] = value;
			const result = await outcome(async () => {
				const { shape, data } = await codec.decode(damaged.subarray(0, length));
				expect([shape, data.length]).toEqual([SHAPE, 12]);
			});
			if (result !== "done") expect(["CORRUPT", "UNSUPPORTED"]).toContain(result.code);
		}),
		{ numRuns: 300 },
	);
});

describe("n5_default", () => {
	const header = "0000000200000003" + "00000004";
	const content = "00".repeat(24);

	test.each([
		["nothing", "", "CORRUPT", "too few"],
		["a header that is cut", header.slice(0, -2), "CORRUPT", "too few"],
		["other numbers of dimensions", `00000003${header.slice(8)}${content}`, "CORRUPT", "3 dimensions"],
		["the mode varlength", `0001${header.slice(4)}${content}`, "UNSUPPORTED", "varlength"],
		["the mode object", `0002${header.slice(4)}${content}`, "UNSUPPORTED", "object"],
		["an unknown mode", `0003${header.slice(4)}${content}`, "CORRUPT", "mode 3"],
		["a block of nothing", `000000020000000000000004${content}`, "CORRUPT", "[0, 4]"],
		["a block larger than memory", `00000002ffffffffffffffff${content}`, "CORRUPT", "4294967295"],
		["a block larger than it is", `000000020000000400000004${content}`, "CORRUPT", "32"],
		["content that is cut", `${header}${content.slice(2)}`, "CORRUPT", "23"],
	])("%s", async (_, digits, code, part) => {
		const error = await outcome(() => n5().decode(hex(digits)));
		expect(error).toMatchObject({ code });
		expect((error as StoreError).message).toContain(part);
	});

	test("blocks that are cut or padded land in their place, the rest is fill value", async () => {
		const block = `0000000200000002${"00000005"}${Array.from({ length: 10 }, (_, i) => `000${i}`).join("")}`;
		const { data } = await n5().decode(hex(block));
		expect(data).toEqual(Int16Array.of(0, 2, 4, 6, 1, 3, 5, 7, 7, 7, 7, 7));
	});
});

describe("packbits", () => {
	const codec = CORES[2]?.[1] as ArrayToBytesCodec;
	test.each([
		["another number of unused bits", (stored: Uint8Array) => Uint8Array.of(3, ...stored.subarray(1)), "3 bits"],
		["a byte less", (stored: Uint8Array) => stored.subarray(1), "8 bytes"],
		["a byte more", (stored: Uint8Array) => Uint8Array.of(...stored, 0), "10 bytes"],
	])("%s", async (_, change, part) => {
		const stored = new Uint8Array(await codec.encode(CHUNK, { fresh: true }));
		const error = await outcome(() => codec.decode(change(stored)));
		expect(error).toMatchObject({ code: "CORRUPT" });
		expect((error as StoreError).message).toContain(part);
	});
});

describe("conditional", () => {
	const parse = (configuration: object): BytesToBytesCodec =>
		codecFactory("conditional").parse({ ...configuration }, SPEC, pipeline) as BytesToBytesCodec;
	const codec = parse({ codecs: [GZIP, { name: "numcodecs.shuffle", configuration: { elementsize: 2 } }] });

	test("applies what makes a chunk no longer, and says so", async () => {
		const zeros = await codec.encode(new Uint8Array(1000));
		expect(zeros[0]).toBe(3);
		expect(zeros.length).toBeLessThan(100);
		const short = await codec.encode(Uint8Array.of(1, 2, 3, 4));
		expect(short).toEqual(Uint8Array.of(2, 1, 3, 2, 4));
	});

	test.each([
		["no header", ""],
		["a codec that is not there", "0401020304"],
		["the bit of a codec that was not applied", "0101020304"],
		["too little", "00010203"],
		["too much", "000102030405"],
	])("%s", async (_, digits) => {
		expect(await outcome(() => codec.decode(hex(digits), { limit: 4, exact: true }))).toMatchObject({
			code: "CORRUPT",
		});
	});

	test("does not expand what is small without end", async () => {
		const bomb = await parse({ codecs: [GZIP] }).encode(new Uint8Array(2 ** 22));
		expect(await outcome(() => parse({ codecs: [GZIP] }).decode(bomb, { limit: 1000, exact: false }))).toMatchObject({
			code: "CORRUPT",
		});
	});
});
