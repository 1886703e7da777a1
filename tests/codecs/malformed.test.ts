/** Bytes that nobody stored so: every decoder ends in CORRUPT or in the size expected, and takes no more memory than that. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bloscImplementations, bloscOver } from "../../dist/src/codecs/blosc.js";
import { bz2 } from "../../dist/src/codecs/bz2.js";
import type { BytesToBytesCodec, CodecFactory, Configuration } from "../../dist/src/codecs/codec.js";
import type { Lz4 } from "../../dist/src/codecs/lz4/library.js";
import { lz4Implementations, lz4Over } from "../../dist/src/codecs/lz4.js";
import { lzma } from "../../dist/src/codecs/lzma.js";
import { pipeline } from "../../dist/src/codecs/pipeline.js";
import { zlibImplementations, zlibOver } from "../../dist/src/codecs/zlib.js";
import { isStoreError } from "../../dist/src/errors.js";
import { dataType } from "../../dist/src/format/data-types.js";
import { counting } from "./numcodecs-subjects.js";
import { packageIsThere } from "./optional-packages.js";
import { hex } from "./subjects.js";

function codecOf(factory: CodecFactory, configuration: Configuration = {}): BytesToBytesCodec {
	const spec = { shape: [1], dtype: dataType("uint8"), fill: new Uint8Array(1) };
	return factory.parse(configuration, spec, pipeline) as BytesToBytesCodec;
}

interface Damage {
	readonly bytes: readonly (readonly [at: number, value: number])[];
	/** A length set to this, 4 bytes little-endian, at that place. */
	readonly lie: readonly [at: number, value: number] | undefined;
	readonly length: number;
}

/** Of `size` bytes: some changed, a number overwritten, the end cut off or something added. */
function damage(size: number): fc.Arbitrary<Damage> {
	const numbers = fc.oneof(fc.constantFrom(0, 1, size, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1), fc.nat(2 * size));
	const place = fc.oneof(fc.nat(Math.min(24, size - 4)), fc.nat(size - 4));
	return fc.record({
		bytes: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(255)), { maxLength: 4 }),
		lie: fc.option(fc.tuple(place, numbers), { nil: undefined }),
		length: fc.oneof({ weight: 3, arbitrary: fc.constant(size) }, fc.nat(size + 8)),
	});
}

function damaged(stored: Uint8Array, { bytes, lie, length }: Damage): Uint8Array {
	const result = new Uint8Array(Math.max(length, stored.length));
	result.set(stored);
	for (const [at, value] of bytes) result[at] = value;
	if (lie !== undefined) new DataView(result.buffer).setUint32(lie[0], lie[1], true);
	return result.subarray(0, length);
}

/** What the decoder asked for is counted: never more than the limit, at once or in all. */
async function survives(codec: BytesToBytesCodec, stored: Uint8Array, limit: number, numRuns: number): Promise<void> {
	const property = fc.asyncProperty(damage(stored.length), fc.boolean(), async (change, exact) => {
		let asked = 0;
		const allocate = (length: number): Uint8Array => {
			asked += length;
			return new Uint8Array(length);
		};
		try {
			const { length } = await codec.decode(damaged(stored, change), { limit, exact }, allocate);
			expect(exact ? length === limit : length <= limit).toBe(true);
		} catch (error) {
			if (!isStoreError(error, "CORRUPT")) throw error;
		}
		expect(asked).toBeLessThanOrEqual(limit);
	});
	await fc.assert(property, { numRuns });
}

const CONTENT = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) >> 12);

describe.each(Object.entries(bloscImplementations))("blosc, %s", (_, libraries) => {
	const factory = bloscOver(libraries());
	const chains = ["lz4", "lz4hc", "blosclz", "snappy", "zlib", "zstd"].flatMap((cname) =>
		["noshuffle", "shuffle", "bitshuffle"].map((shuffle) => [cname, shuffle] as const),
	);
	test.each(chains)("%s, %s", async (cname, shuffle) => {
		const codec = codecOf(factory, { cname, clevel: 5, shuffle, typesize: 4, blocksize: 1024 });
		await survives(codec, await codec.encode(CONTENT), CONTENT.length, 150);
	});

	test("a chunk split into a stream per byte, as c-blosc makes them", async () => {
		const split = hex(
			"0201010488130000881300007000000014000000130000002600040105020603e0ffffffffd3060204010513000000260105020603000400e0ffffffffd30004010502061300000026020603000401e0ffffffffd30105020603001300000026030004010502e0ffffffffd3020603000401",
		);
		const codec = codecOf(factory, { cname: "blosclz", clevel: 5, shuffle: "shuffle", typesize: 4 });
		await survives(codec, split, counting.length, 300);
	});

	test.each([
		["another version", 0, [5]],
		["a flag of the future", 2, [0x38]],
		["a compressor of the future", 2, [0xb0]],
		["elements of no bytes", 3, [0]],
		["blocks of no bytes", 8, [0, 0, 0, 0]],
		["blocks larger than the chunk", 8, [0, 0, 0, 64]],
		["so many blocks that their table does not fit", 8, [1, 0, 0, 0]],
		["more bytes than are there", 12, [255, 255, 255, 127]],
		["a block that begins past the end", 16, [0, 0, 0, 128]],
		["a block that begins before the end and reaches past it", 16, [40, 0, 0, 0]],
	])("%s", async (_, at, bytes) => {
		const codec = codecOf(factory, { cname: "lz4", clevel: 5, shuffle: "shuffle", typesize: 4 });
		const stored = new Uint8Array(await codec.encode(CONTENT));
		stored.set(bytes, at);
		const decode = async (): Promise<unknown> => codec.decode(stored, { limit: CONTENT.length, exact: true });
		await expect(decode()).rejects.toSatisfy((error) => isStoreError(error, "CORRUPT"));
	});
});

const LIBRARIES = Object.entries(lz4Implementations);
for (const [name, load] of LIBRARIES)
	test.skipIf((await load()) === undefined)(`lz4, ${name}`, async () => {
		const codec = codecOf(lz4Over(load as () => Lz4));
		await survives(codec, await codec.encode(CONTENT), CONTENT.length, 1000);
	});

for (const [name, load] of Object.entries(zlibImplementations))
	test(`zlib, ${name}`, async () => {
		const codec = codecOf(zlibOver(load as Parameters<typeof zlibOver>[0]));
		await survives(codec, await codec.encode(CONTENT), CONTENT.length, 300);
	});

test("any LZ4 block fills its target, with the same bytes by every library, or is refused", async () => {
	const present = (await Promise.all(LIBRARIES.map(([, load]) => load()))).filter((one) => one !== undefined);
	const outcome = (library: Lz4, block: Uint8Array): string => {
		const target = new Uint8Array(24);
		try {
			library.decompress(block, target);
			return target.join();
		} catch (error) {
			return isStoreError(error, "CORRUPT") ? "CORRUPT" : String(error);
		}
	};
	// Literals, then matches from near; the ends of the last sequence are left to chance.
	const block = fc.array(fc.oneof(fc.nat(4), fc.constantFrom(0, 16, 0x14, 0x40, 0x80, 0xf0, 0x1f)), { maxLength: 30 });
	fc.assert(
		fc.property(block, (bytes) => {
			const outcomes = present.map((library) => outcome(library, Uint8Array.from(bytes)));
			const contents = new Set(outcomes.filter((one) => one !== "CORRUPT"));
			expect(contents.size).toBeLessThanOrEqual(1);
			for (const one of contents) expect(one.split(",")).toHaveLength(24);
		}),
		{ numRuns: 1000 },
	);
});

/** Written by Python of `counting`. */
const BZ2 =
	"425a6839314159265359a5bde70c00016540007f002000508600295340f245332914d24536914e2453a914f2453e2ee48a70a1214b7bce18";
const LZMA: readonly (readonly [what: string, configuration: Configuration, digits: string])[] = [
	[
		"xz",
		{ format: 1 },
		"fd377a585a000004e6d6b4460200210116000000742fe5a3e0138700265d00000052500a84f9b21484c0d41f8dcbfad97115317148cec96a65407b58974dc7e8a2c0ae0000000000782bea213a9aad2f00014288270000006e13b63db1c467fb020000000004595a",
	],
	[
		"alone",
		{ format: 2 },
		"5d00008000ffffffffffffffff00000052500a84f9b21484c0d41f8dcbfad97115317148cec96a65407b58974dc7e8a328e536ffffdb210000",
	],
	[
		"raw, LZMA2 after delta",
		{
			format: 3,
			filters: [
				{ id: 3, dist: 7 },
				{ id: 0x21, preset: 1 },
			],
		},
		"e0138700255d00000052500a84f99abcddcaa51983c7e07e1ce0310354171d96405a2d5e8acc7c2f09376f0000",
	],
];

const decodesTo = async (codec: BytesToBytesCodec, stored: Uint8Array, length: number): Promise<Uint8Array> =>
	codec.decode(stored, { limit: length, exact: true });

describe.skipIf(!packageIsThere("seek-bzip"))("bz2", () => {
	const codec = codecOf(bz2, { level: 9 });
	const one = hex(BZ2);

	test("one stream, and several in a row", async () => {
		expect(await decodesTo(codec, one, counting.length)).toEqual(counting);
		const twice = await decodesTo(codec, Uint8Array.from([...one, ...one]), 2 * counting.length);
		expect(twice).toEqual(Uint8Array.from([...counting, ...counting]));
	});

	test("every truncation, and more than the limit, is CORRUPT", async () => {
		for (let length = 0; length < one.length; length++)
			await expect(async () => decodesTo(codec, one.subarray(0, length), counting.length)).rejects.toThrow(/end early/);
		for (const exact of [true, false])
			await expect(async () => codec.decode(one, { limit: 4999, exact })).rejects.toThrow(/more than the 4999/);
	});

	test("damage", async () => survives(codec, one, counting.length, 150));
});

describe.skipIf(!packageIsThere("lzma-native")).each(LZMA)("lzma, %s", (_, configuration, digits) => {
	const codec = codecOf(lzma, configuration);
	const stored = hex(digits);

	test("decodes", async () => expect(await decodesTo(codec, stored, counting.length)).toEqual(counting));

	test("every truncation, and more than the limit, is CORRUPT", async () => {
		for (let length = 0; length < stored.length; length++)
			await expect(async () => decodesTo(codec, stored.subarray(0, length), counting.length)).rejects.toSatisfy(
				(error) => isStoreError(error, "CORRUPT"),
			);
		for (const exact of [true, false])
			await expect(async () => codec.decode(stored, { limit: 4999, exact })).rejects.toThrow(/more than the 4999/);
	});

	test("damage", async () => survives(codec, stored, counting.length, 150));
});

test.each([
	["numcodecs.bz2", bz2, { level: 0 }, "level"],
	["numcodecs.bz2", bz2, { size: 1 }, "size"],
	["numcodecs.lzma", lzma, { format: 0 }, "format"],
	["numcodecs.lzma", lzma, { format: 3 }, "filters"],
	["numcodecs.lzma", lzma, { format: 3, filters: [{ id: 99n }] }, "filters"],
	["numcodecs.lzma", lzma, { preset: "6" }, "preset"],
	["numcodecs.lzma", lzma, { check: 16 }, "check"],
])("%s: wrong settings are refused by name", (name, factory, configuration, member) => {
	expect(() => codecOf(factory, configuration)).toThrow(name);
	expect(() => codecOf(factory, configuration)).toThrow(member);
});

test.each([bz2, lzma])("$name is not written", async (factory) => {
	await expect(async () => codecOf(factory).encode(CONTENT)).rejects.toThrow(/only read/);
});
