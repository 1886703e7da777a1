import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkKeys, parseChunkKey } from "../../dist/src/format/chunk-keys.js";
import type { ChunkKeyEncoding } from "../../dist/src/format/metadata.js";

const encodings: ChunkKeyEncoding[] = [
	{ name: "default", separator: "/" },
	{ name: "default", separator: "." },
	{ name: "v2", separator: "." },
	{ name: "v2", separator: "/" },
];
const [slash, dot, v2, v2Slash] = encodings as [ChunkKeyEncoding, ChunkKeyEncoding, ChunkKeyEncoding, ChunkKeyEncoding];

describe("chunk keys", () => {
	it.each([
		[slash, "", [1, 23, 45], "c/1/23/45"],
		[dot, "", [1, 23, 45], "c.1.23.45"],
		[v2, "", [1, 23, 45], "1.23.45"],
		[v2Slash, "", [1, 23, 45], "1/23/45"],
		[slash, "foo/bar/", [0], "foo/bar/c/0"],
		[v2, "foo/", [7], "foo/7"],
		[slash, "foo/", [], "foo/c"],
		[dot, "", [], "c"],
		[v2, "", [], "0"],
	] as const)("are those of the specification: %j %j %j", (encoding, prefix, coords, key) => {
		expect(chunkKeys(prefix, encoding)(coords)).toBe(key);
		expect(parseChunkKey(key, prefix, encoding, coords.length)).toEqual(coords);
	});

	it("are read back as the coordinates they were made from", () => {
		const coords = fc.array(fc.maxSafeNat(), { maxLength: 5 });
		fc.assert(
			fc.property(fc.constantFrom(...encodings), fc.constantFrom("", "a/", "c/0/"), coords, (encoding, prefix, at) => {
				const key = chunkKeys(prefix, encoding)(at);
				expect(parseChunkKey(key, prefix, encoding, at.length)).toEqual(at);
				// "0" alone is the only chunk without axes in v2, and the first one along one axis.
				if (key !== `${prefix}0`) expect(parseChunkKey(key, prefix, encoding, at.length + 1)).toBeUndefined();
			}),
		);
	});

	it.each([
		[slash, 2, "c/0"],
		[slash, 2, "c/0/1/2"],
		[slash, 2, "c.0.1"],
		[slash, 2, "c/00/1"],
		[slash, 2, "c/+0/1"],
		[slash, 2, "c/-1/1"],
		[slash, 2, "c/0/1.0"],
		[slash, 2, "c/0/1/"],
		[slash, 2, "c0/1"],
		[slash, 2, "zarr.json"],
		[slash, 1, "c/9007199254740992"],
		[slash, 1, "c/1e3"],
		[slash, 1, "c"],
		[slash, 0, "c/"],
		[slash, 0, "c0"],
		[v2, 0, "1"],
		[v2, 0, ""],
		[v2, 1, ""],
		[v2, 2, "c.0.1"],
	] as const)("are canonical: %j, %i axes, not %j", (encoding, ndim, key) => {
		expect(parseChunkKey(key, "", encoding, ndim)).toBeUndefined();
	});

	it("belong to their prefix", () => {
		expect(parseChunkKey("b/c/0", "a/", slash, 1)).toBeUndefined();
	});
});
