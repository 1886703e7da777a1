import fc from "fast-check";
import { type ByteRange, connect, parseRange } from "tesserae";
import { describe, expect, test } from "vitest";
import { drained, someBytes } from "./stores.js";

describe("parseRange", () => {
	test.each<[string, ByteRange]>([
		["0-0", { offset: 0, length: 1 }],
		["0-499", { offset: 0, length: 500 }],
		["9500-", { offset: 9500 }],
		["-500", { suffix: 500 }],
		["bytes=5-6", { offset: 5, length: 2 }],
		["007-08", { offset: 7, length: 2 }],
		["0-9007199254740990", { offset: 0, length: 9007199254740991 }],
	])("reads %s", (text, range) => {
		expect(parseRange(text)).toEqual(range);
	});

	test.each([
		"",
		"-",
		"5",
		"5-4",
		"-0",
		"--5",
		"1--",
		"0-1,5-9",
		" 0-1",
		"0-1 ",
		"a-b",
		"0x1-2",
		"1.5-2",
		"1e3-",
		"-1-5",
		"chunks=0-1",
		"0-9007199254740992",
		"99999999999999999999-",
		undefined as unknown as string,
	])("refuses %j", (text) => {
		expect(() => parseRange(text)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});

	test("refuses byte ranges that are none before anything is asked for", async () => {
		await using con = await connect("ram:");
		for (const range of [{}, { offset: -1 }, { offset: 0, length: 1.5 }, { suffix: Number.NaN }, 7] as never[])
			await expect(con.store.get("a", { range })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		expect(con.meter.snapshot().operations).toBe(0);
	});
});

/** What RFC 9110 says a range of these bytes is; undefined where there is nothing of it. The empty part of an empty object is one. */
function expectedOf(range: string, bytes: Uint8Array): Uint8Array | undefined {
	const [first = "", last = ""] = range.split("-");
	const places = [...bytes.keys()].filter((place) =>
		first === ""
			? place >= bytes.length - Number(last)
			: place >= Number(first) && (last === "" || place <= Number(last)),
	);
	return places.length > 0 || (bytes.length === 0 && Number(first) === 0)
		? Uint8Array.from(places, (place) => bytes[place] as number)
		: undefined;
}

const near = fc.nat(70);
const ranges = fc.oneof(
	fc.tuple(near, near).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
	near.map((first) => `${first}-`),
	near.map((last) => `-${last + 1}`),
);

test("ranges, streams and slices are what a model of bytes in memory gives", async () => {
	await using con = await connect("ram:");
	const { store } = con;
	const cases = fc.record({
		size: fc.nat(64),
		range: ranges,
		chunkSize: fc.integer({ min: 1, max: 70 }),
		start: fc.integer({ min: -80, max: 80 }),
		end: fc.option(fc.integer({ min: -80, max: 80 }), { nil: undefined }),
	});
	await fc.assert(
		fc.asyncProperty(cases, async ({ size, range, chunkSize, start, end }) => {
			const bytes = someBytes(size);
			await store.put("object", bytes);
			const file = await store.openRandomAccess("object");
			expect(await file?.slice(start, end)).toEqual(bytes.buffer.slice(start, end));
			const expected = expectedOf(range, bytes);
			const reads = [
				() => store.range("object", range),
				async () => drained(await store.stream("object", { range, chunkSize })),
			];
			for (const read of reads) {
				if (expected !== undefined) expect(await read()).toEqual(expected);
				else await expect(read()).rejects.toMatchObject({ code: "OUT_OF_BOUNDS" });
			}
		}),
		{ numRuns: 500 },
	);
});
