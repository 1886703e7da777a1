/** What the fuzzer takes for a finding. */
import { StoreError } from "tesserae";
import { describe, expect, test } from "vitest";
import { complaintAbout, complaintAboutMemory } from "../fuzz/judge.js";
import { mutated } from "../fuzz/mutate.js";
import { Random } from "../fuzz/random.js";

const where = { key: "a/c/0", chunk: [0] };

describe("the judge of the fuzzer", () => {
	test.each<[what: string, error: unknown]>([
		["a TypeError", new TypeError("x is undefined")],
		["a RangeError", new RangeError("Array buffer allocation failed")],
		["something thrown that is no error", "CORRUPT"],
		["the library's own mistakes", new StoreError("INTERNAL", "a/c/0: cannot be", where)],
		["CORRUPT that names no file", new StoreError("CORRUPT", "chunk decodes to 3 bytes")],
		["CORRUPT whose message names nothing", new StoreError("CORRUPT", "3 bytes", { key: "a/zarr.json" })],
		["a message of a megabyte", new StoreError("CORRUPT", `a/c/0: ${"x".repeat(1e6)}`, where)],
		["a message of two lines", new StoreError("CORRUPT", "a/c/0: wrong\nvery", where)],
	])("complains of %s", (_, error) => {
		expect(complaintAbout(error)).toBeTypeOf("string");
	});

	test("takes a StoreError that names file and chunk", () => {
		expect(complaintAbout(new StoreError("CORRUPT", "3 bytes (chunk [0] of a)", where))).toBeUndefined();
		expect(complaintAbout(new StoreError("UNSUPPORTED", 'a/zarr.json: member "codecs": zip'))).toBeUndefined();
	});

	test("complains of memory beyond a multiple of what is declared", () => {
		const sizes = { chunkBytes: 2 ** 20, resultBytes: 2 ** 22 };
		expect(complaintAboutMemory(2 ** 24, sizes)).toBeUndefined();
		expect(complaintAboutMemory(2 ** 26, sizes)).toContain("67108864");
	});
});

test("a case follows from its seed and its number", () => {
	const text = '{"zarr_format":3,"shape":[1,2],"codecs":[{"name":"bytes"}]}';
	const store = new Map([["a/zarr.json", new TextEncoder().encode(text)]]);
	const drawn = (n: number): string[] => {
		const random = Random.of(7, n);
		return Array.from({ length: 20 }, () =>
			JSON.stringify([...mutated(random, store)].map(([key, bytes]) => [key, ...bytes])),
		);
	};
	expect(drawn(1)).toEqual(drawn(1));
	expect(new Set([...drawn(1), ...drawn(2)]).size).toBeGreaterThan(20);
	expect(new TextDecoder().decode(store.get("a/zarr.json"))).toBe(text);
});
