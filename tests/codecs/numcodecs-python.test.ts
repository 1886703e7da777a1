/** What Python's numcodecs stores, we read, and the other way round. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { BytesToBytesCodec, Configuration } from "../../dist/src/codecs/codec.js";
import { pipeline } from "../../dist/src/codecs/pipeline.js";
import { codecFactory } from "../../dist/src/codecs/registry.js";
import { dataType } from "../../dist/src/format/data-types.js";
import type { JsonObject } from "../../dist/src/format/json.js";
import { arrayDocument, LITTLE } from "../interop/documents.js";
import { openPeers } from "../interop/peers.js";
import { packageIsThere } from "./optional-packages.js";

const peers = await openPeers();
afterAll(() => peers?.close());

/** Of odd lengths, compressible and not, within one block and over several. */
const CONTENTS: readonly Uint8Array[] = [1, 15, 127, 128, 1023, 6001, 300_007].flatMap((length) => [
	Uint8Array.from({ length }, (_, i) => (i * i) >> 11),
	Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24),
]);

/** One that every numcodec can take: whole elements of 8 bytes. */
const WHOLE = CONTENTS.map((content) => content.subarray(0, content.length & ~7)).filter(({ length }) => length > 0);

function codecOf(name: string, configuration: Configuration): BytesToBytesCodec {
	const spec = { shape: [1], dtype: dataType("uint8"), fill: new Uint8Array(1) };
	return codecFactory(name).parse(configuration, spec, pipeline) as BytesToBytesCodec;
}

async function decodeAll(codec: BytesToBytesCodec, stored: readonly Uint8Array[], contents: readonly Uint8Array[]) {
	for (const [i, bytes] of stored.entries()) {
		const { length } = contents[i] as Uint8Array;
		const decoded = await codec.decode(bytes, { limit: length, exact: true });
		expect(Buffer.compare(decoded, contents[i] as Uint8Array), `${length} bytes`).toBe(0);
	}
}

/** What headers may add to contents that do not compress. */
const SLACK = 64 * CONTENTS.length;

const totalBytes = (all: readonly Uint8Array[]): number => all.reduce((sum, { length }) => sum + length, 0);

interface Case {
	/** As numcodecs has it. */
	readonly id: string;
	readonly settings: JsonObject;
	readonly name?: string;
	readonly configuration?: Configuration;
	readonly contents?: readonly Uint8Array[];
}

const SHUFFLES = ["noshuffle", "shuffle", "bitshuffle"];

/** numcodecs is built without snappy: that goes to TensorStore, below. */
const BLOSC: readonly Case[] = ["lz4", "lz4hc", "blosclz", "zstd", "zlib"].flatMap((cname) =>
	SHUFFLES.flatMap((shuffle, number) =>
		[1, 2, 3, 4, 8, 12, 16, 17, 255].map((typesize) => {
			const [clevel, blocksize] = typesize === 3 ? [9, 4096] : typesize === 2 ? [1, 0] : [5, 0];
			return {
				id: "blosc",
				settings: { cname, clevel, shuffle: number, typesize, blocksize },
				name: "blosc",
				configuration: { cname, clevel, shuffle, typesize, blocksize },
			};
		}),
	),
);

const OTHERS: readonly Case[] = [
	...[-1, 0, 1, 9].map((level) => ({ id: "zlib", settings: { level } })),
	...[1, 5].map((level) => ({ id: "gzip", settings: { level } })),
	...[1, 3].map((level) => ({ id: "zstd", settings: { level, checksum: level === 3 } })),
	...[1, 10].map((acceleration) => ({ id: "lz4", settings: { acceleration } })),
	...[1, 2, 4, 8].map((elementsize) => ({ id: "shuffle", settings: { elementsize }, contents: WHOLE })),
	...["crc32", "crc32c", "adler32"].flatMap((id) => [
		{ id, settings: {} },
		...["start", "end"].map((location) => ({ id, settings: { location } })),
	]),
	{ id: "fletcher32", settings: {} },
	{ id: "jenkins_lookup3", settings: { initval: 5 } },
	{ id: "blosc", settings: { cname: "lz4", clevel: 5, shuffle: -1, blocksize: 0 } },
];

describe.skipIf(peers === undefined)("both ways", () => {
	test.each([...BLOSC, ...OTHERS].map((one) => [`${one.id} ${JSON.stringify(one.settings)}`, one] as const))(
		"%s",
		async (_, { id, settings, name = `numcodecs.${id}`, configuration = settings, contents = CONTENTS }) => {
			const codec = codecOf(name, configuration);
			const theirs = (await peers?.recode("encode_bytes", { id, ...settings }, contents)) ?? [];
			await decodeAll(codec, theirs, contents);
			const ours = await Promise.all(contents.map((content) => codec.encode(content)));
			const read = (await peers?.recode("decode_bytes", { id, ...settings }, ours)) ?? [];
			for (const [i, content] of contents.entries()) expect(Buffer.compare(read[i] as Uint8Array, content)).toBe(0);
			// Storing all as it is would be right, too. Other versions of a compressor differ, but not by half of what they save.
			const all = totalBytes(contents);
			expect(all - totalBytes(ours)).toBeGreaterThanOrEqual(0.5 * (all - totalBytes(theirs)) - SLACK);
		},
	);
});

describe.skipIf(peers === undefined)("blosc with snappy, of TensorStore", () => {
	const directory = mkdtempSync(join(tmpdir(), "tesserae-blosc-"));
	afterAll(() => rmSync(directory, { recursive: true }));

	test.each(SHUFFLES)("%s", async (shuffle) => {
		const configuration = { cname: "snappy", clevel: 5, shuffle, typesize: 4, blocksize: 0 };
		const codec = codecOf("blosc", configuration);
		const shape = [50_001];
		const codecs = [LITTLE, { name: "blosc", configuration }];
		const document = arrayDocument({ dtype: "int32", shape, chunkShape: shape, codecs });
		const values = new Uint8Array(Int32Array.from({ length: 50_001 }, (_, i) => (i * i) >> 9).buffer);
		const place = { peer: "tensorstore", path: join(directory, shuffle) } as const;
		await peers?.create(place, { document, fill: new Uint8Array(4), box: [[0, 50_001]], values });
		const key = join(place.path, "c", "0");
		await decodeAll(codec, [readFileSync(key)], [values]);
		writeFileSync(key, await codec.encode(values));
		expect(Buffer.compare((await peers?.read("tensorstore", place.path))?.values as Uint8Array, values)).toBe(0);
	});
});

/** `FILTER_LZMA1` of Python's `lzma`. */
const LZMA1 = 0x4000000000000001n;

const READ_ONLY: readonly (Case & { readonly needs: string })[] = [
	...[1, 9].map((level) => ({ id: "bz2", settings: { level }, needs: "seek-bzip" })),
	...[
		{ format: 1, check: -1, preset: null, filters: null },
		{ format: 1, check: 10, preset: 9, filters: null },
		{ format: 1, check: 0, preset: null, filters: [{ id: 3, dist: 4 }, { id: 4 }, { id: 0x21, preset: 1 }] },
		{ format: 2, check: -1, preset: 1, filters: null },
		{ format: 3, check: -1, preset: null, filters: [{ id: 0x21, preset: 6 }] },
		{
			format: 3,
			check: -1,
			preset: null,
			filters: [
				{ id: 3, dist: 8 },
				{ id: 0x21, dict_size: 65536 },
			],
		},
		{ format: 3, check: -1, preset: null, filters: [{ id: 4 }, { id: 0x21, preset: 0 }] },
		{ format: 3, check: -1, preset: null, filters: [{ id: LZMA1, dict_size: 65536, lc: 0, lp: 2, pb: 1 }] },
	].map((settings) => ({ id: "lzma", settings: settings as JsonObject, needs: "lzma-native" })),
];

describe.skipIf(peers === undefined)("read only", () => {
	const cases = READ_ONLY.map((one) => {
		const text = JSON.stringify(one.settings, (_, value) => (typeof value === "bigint" ? `${value}` : value));
		return [`${one.id} ${text}`, one] as const;
	});
	for (const [title, { id, settings, needs }] of cases)
		test.skipIf(!packageIsThere(needs))(title, async () => {
			const theirs = (await peers?.recode("encode_bytes", { id, ...settings }, CONTENTS)) ?? [];
			await decodeAll(codecOf(`numcodecs.${id}`, settings), theirs, CONTENTS);
		});
});
