import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BytesToBytesCodec, ChunkSpec } from "../../dist/src/codecs/codec.js";
import { pipeline } from "../../dist/src/codecs/pipeline.js";
import { framesOf } from "../../dist/src/codecs/zstd/frame.js";
import type { Zstd } from "../../dist/src/codecs/zstd/library.js";
import { zstdImplementations, zstdOver } from "../../dist/src/codecs/zstd.js";
import { isStoreError } from "../../dist/src/errors.js";
import { dataType } from "../../dist/src/format/data-types.js";
import { hex } from "./subjects.js";

const SPEC: ChunkSpec = { shape: [1], dtype: dataType("uint8"), fill: new Uint8Array(1) };

function codecOver(library: Zstd, level = 1, checksum = false): BytesToBytesCodec {
	return zstdOver(() => library).parse({ level, checksum }, SPEC, pipeline) as BytesToBytesCodec;
}

const libraries: [name: string, library: Zstd][] = [];
for (const [name, load] of Object.entries(zstdImplementations)) {
	const library = await load();
	if (library !== undefined) libraries.push([name, library]);
}

/** A frame without content size, of `blocks` blocks that repeat one byte 128 Ki times each. */
function streamedBomb(blocks: number): Uint8Array {
	const block = (last: boolean): number[] => {
		const header = ((128 * 1024) << 3) | (1 << 1) | (last ? 1 : 0);
		return [header & 0xff, (header >> 8) & 0xff, header >> 16, 0x41];
	};
	return Uint8Array.from([
		...[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38],
		...Array.from({ length: blocks }, (_, i) => block(i === blocks - 1)).flat(),
	]);
}

describe.each(libraries)("zstd, %s", (_, library) => {
	const codec = codecOver(library);

	test("a frame that tells no content size is stopped at its limit", async () => {
		const gigabyte = streamedBomb(8192);
		for (const exact of [true, false])
			await expect(async () => codec.decode(gigabyte, { limit: 1024 * 1024, exact })).rejects.toThrow(/more than/);
		const allowed = await codec.decode(streamedBomb(8), { limit: 1024 * 1024, exact: true });
		expect(allowed.every((byte) => byte === 0x41)).toBe(true);
	});

	test("a content size that is not true is CORRUPT", async () => {
		const frame = await codec.encode(new Uint8Array(100_000));
		const lying = new Uint8Array(frame);
		lying[(framesOf(frame)[0]?.headerEnd as number) - 1] = 0x7f;
		const refused = async (): Promise<unknown> => codec.decode(lying, { limit: 2 ** 31, exact: false });
		await expect(refused).rejects.toSatisfy((error) => isStoreError(error, "CORRUPT"));
	});

	test("many small blocks, far fewer bytes than their number could hold, decode", async () => {
		// Five blocks of 1000 bytes each, as a writer that flushes makes them; by their number they could be 640 KiB.
		const flushed = hex(
			"28b52ffd045874000038000102030405060100de55152344000008060100e42b200444000008050100e42b200444000008040100e42b200444000008030100e42b20040100007c470a19",
		);
		for (const size of [
			{ limit: 5000, exact: true },
			{ limit: 5000, exact: false },
		])
			expect((await codec.decode(flushed, size))[4999]).toBe(4999 % 7);
	});

	test.each([-131072, -1, 0, 22])("level %i", async (level) => {
		const content = Uint8Array.from({ length: 3000 }, (_, i) => i >> 5);
		const encoded = await codecOver(library, level).encode(content);
		expect(framesOf(encoded)).toMatchObject([{ contentSize: 3000 }]);
		expect(await codec.decode(encoded, { limit: 3000, exact: true })).toEqual(content);
	});

	test("a checksum is written where it is asked for, and only there", async () => {
		const content = new Uint8Array(1000).fill(7);
		const bare = await codecOver(library, 1, false).encode(content);
		const checked = await codecOver(library, 1, true).encode(content);
		expect(checked.length - bare.length).toBe(4);
		for (const [, reader] of libraries)
			expect(await codecOver(reader).decode(checked, { limit: 1000, exact: true })).toEqual(content);
		const altered = new Uint8Array(checked);
		altered[checked.length - 1] = (checked[checked.length - 1] as number) ^ 1;
		await expect(async () => codec.decode(altered, { limit: 1000, exact: true })).rejects.toThrow(/checksum/);
	});

	test("whatever the bytes, decoding ends in the size expected or in CORRUPT", async () => {
		const content = Uint8Array.from({ length: 2000 }, (_, i) => (i * i) >> 10);
		const encoded = await codec.encode(content);
		const change = fc.tuple(fc.nat(encoded.length - 1), fc.nat(255));
		await fc.assert(
			fc.asyncProperty(
				fc.array(change, { minLength: 1, maxLength: 4 }),
				fc.nat(encoded.length),
				async (changes, cut) => {
					const altered = new Uint8Array(encoded);
					for (const [at, byte] of changes) altered[at] = byte;
					const stored = altered.subarray(0, cut % 3 === 0 ? cut : encoded.length);
					try {
						expect(await codec.decode(stored, { limit: 2000, exact: true })).toHaveLength(2000);
					} catch (error) {
						expect(isStoreError(error, "CORRUPT")).toBe(true);
					}
				},
			),
		);
	});
});
