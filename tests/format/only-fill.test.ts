import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, dataType, type TypedArray } from "../../dist/src/format/data-types.js";
import { isOnlyFill, parseFill } from "../../dist/src/format/fill-value.js";
import { anyFill, bitsOf, bytesOf, NAMES } from "./any-fill.js";

const QUIET: { readonly [digits: number]: string } = { 4: "7e00", 8: "7fc00000", 16: "7ff8000000000000" };

/** The same decision by the definition, one entry after another. */
function isOnlyFillSlowly(data: TypedArray, fill: TypedArray, name: DType): boolean {
	const quiet = ["f", "c"].includes(dataType(name).kind) ? QUIET[2 * data.BYTES_PER_ELEMENT] : undefined;
	const wordAt = (values: TypedArray, i: number) => {
		const word = bitsOf(values.subarray(i, i + 1));
		return quiet !== undefined && word === `f${quiet.slice(1)}` ? quiet : word;
	};
	return Array.from(data.keys()).every((i) => wordAt(data, i) === wordAt(fill, i % fill.length));
}

/** `count` elements of fill, beginning `offset` entries into a buffer. */
function filled(fill: TypedArray, count: number, offset: number): TypedArray {
	const start = offset * fill.BYTES_PER_ELEMENT;
	const bytes = new Uint8Array(start + count * fill.byteLength);
	for (let i = 0; i < count; i++) bytes.set(bytesOf(fill), start + i * fill.byteLength);
	const Constructor = fill.constructor as new (buffer: ArrayBuffer, byteOffset: number) => TypedArray;
	return new Constructor(bytes.buffer, start);
}

describe("a chunk that is only fill", () => {
	it.each(NAMES)("is recognised for %s, at any length and alignment, and one flipped bit is seen", (name) => {
		const dtype = dataType(name);
		const zeroOrAny = fc.oneof(anyFill(name), fc.constant(new dtype.Array(dtype.components)));
		fc.assert(
			fc.property(zeroOrAny, fc.nat(150), fc.nat(5), fc.nat(), fc.nat(7), (fill, count, offset, place, bit) => {
				const data = filled(fill, count, offset);
				expect(isOnlyFill(data, fill, dtype)).toBe(true);
				if (count === 0) return;
				const bytes = bytesOf(data);
				bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ (1 << bit);
				expect(isOnlyFill(data, fill, dtype)).toBe(isOnlyFillSlowly(data, fill, name));
			}),
			{ numRuns: 400 },
		);
	});

	it.each(["float16", "float32", "float64", "complex64", "complex128"])("tells %s zeros and NaNs apart", (name) => {
		const dtype = dataType(name);
		const digits = 2 * dtype.wordSize;
		const quiet = QUIET[digits] ?? "";
		const fillOf = (bits: string) => parseFill(dtype.kind === "c" ? [`0x${bits}`, `0x${bits}`] : `0x${bits}`, dtype);
		const [zero, minusZero] = [fillOf("0".repeat(digits)), fillOf("8".padEnd(digits, "0"))];
		const [nan, minusNan] = [fillOf(quiet), fillOf(`f${quiet.slice(1)}`)];
		const [payload, minusPayload] = [fillOf(`${quiet.slice(0, -1)}1`), fillOf(`f${quiet.slice(1, -1)}1`)];

		const groups = [[zero], [minusZero], [nan, minusNan], [payload], [minusPayload]];
		for (const [i, group] of groups.entries())
			for (const [j, other] of groups.entries())
				for (const data of group)
					for (const fill of other) {
						const chunk = filled(data as TypedArray, 40, 0);
						expect(isOnlyFill(chunk, fill, dtype), `${bitsOf(data)} against ${bitsOf(fill)}`).toBe(i === j);
					}
	});

	it("is found among a million bytes of shared memory, unaligned, in no time", () => {
		const data = new Uint8Array(new SharedArrayBuffer(2 ** 20 + 1), 1);
		const [zero, uint8] = [new Uint8Array(1), dataType("uint8")];
		const times = Array.from({ length: 50 }, () => {
			const start = performance.now();
			expect(isOnlyFill(data, zero, uint8)).toBe(true);
			return performance.now() - start;
		});
		expect(Math.min(...times)).toBeLessThan(2);
		data[2 ** 20 - 1] = 1;
		expect(isOnlyFill(data, zero, uint8)).toBe(false);
	});
});
