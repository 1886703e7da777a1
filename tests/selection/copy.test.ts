import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TypedArray } from "../../dist/src/format/data-types.js";
import { copyStrided, type Walk } from "../../dist/src/selection/copy.js";
import { copyPlane64 } from "../../dist/src/selection/copy-kernels.js";

const CLASSES = [Uint8Array, Int16Array, Float32Array, Int32Array, Float64Array, BigInt64Array] as const;

/** One side of one axis: positions `step × i`, or those of a table. */
interface Side {
	readonly step: number;
	readonly table: readonly number[] | undefined;
}

interface Axis {
	readonly count: number;
	readonly dst: Side;
	readonly src: Side;
}

const positions = (count: number, { step, table }: Side): readonly number[] =>
	table ?? Array.from({ length: count }, (_, i) => i * step);

/** How far an axis reaches below and above its start. */
function reach(count: number, side: Side): { below: number; above: number } {
	const all = count === 0 ? [0] : positions(count, side);
	return { below: -Math.min(0, ...all), above: Math.max(0, ...all) };
}

/** Short axes, and now and then a row long enough for the unrolled loops and for the bulk copy. */
const count = fc.oneof(
	{ weight: 6, arbitrary: fc.integer({ min: 0, max: 5 }) },
	{ weight: 2, arbitrary: fc.integer({ min: 6, max: 40 }) },
	{ weight: 1, arbitrary: fc.integer({ min: 60, max: 300 }) },
	{ weight: 1, arbitrary: fc.integer({ min: 500, max: 1100 }) },
);

interface AxisSeed {
	readonly count: number;
	readonly dstSign: number;
	readonly dstGap: number;
	readonly srcStep: number;
	readonly tables: "none" | "src" | "both";
	readonly order: number;
	readonly picks: readonly number[];
}

const axisSeed: fc.Arbitrary<AxisSeed> = fc.record({
	count,
	dstSign: fc.constantFrom(1, 1, 1, -1),
	dstGap: fc.constantFrom(1, 1, 1, 2, 3),
	srcStep: fc.constantFrom(1, 1, 1, 1, 2, 3, 8, 64, 0, -1, -2),
	tables: fc.constantFrom("none" as const, "none" as const, "none" as const, "src" as const, "both" as const),
	order: fc.nat(),
	picks: fc.array(fc.nat(7), { minLength: 1, maxLength: 8 }),
});

/** Lays the destination out without overlap, axis by axis in the drawn order; the source is laid out row-major times its own steps. */
function layOut(seeds: readonly AxisSeed[], rowMajorSource: boolean): Axis[] {
	const axes = new Array<Axis>(seeds.length);
	let dstSpan = 1;
	let srcSpan = 1;
	const byOrder = seeds.map((seed, at) => ({ seed, at })).sort((a, b) => b.seed.order - a.seed.order || b.at - a.at);
	for (const { seed, at } of byOrder) {
		const dstStep = dstSpan * seed.dstGap * seed.dstSign;
		const srcStep = rowMajorSource ? srcSpan * Math.abs(seed.srcStep || 1) : seed.srcStep;
		const pick = (i: number): number => (seed.picks[i % seed.picks.length] as number) * srcStep;
		axes[at] = {
			count: seed.count,
			dst: {
				step: dstStep,
				table:
					seed.tables === "both"
						? Array.from({ length: seed.count }, (_, i) => (seed.count - 1 - i) * dstStep)
						: undefined,
			},
			src: {
				step: srcStep,
				table: seed.tables === "none" ? undefined : Array.from({ length: seed.count }, (_, i) => pick(i)),
			},
		};
		dstSpan *= Math.max(1, seed.count) * seed.dstGap;
		srcSpan *= Math.max(1, seed.count) * Math.abs(seed.srcStep || 1);
	}
	return axes;
}

const seeds = fc
	.array(axisSeed, { maxLength: 4 })
	.filter((axes) => axes.reduce((size, axis) => size * Math.max(1, axis.count) * axis.dstGap, 1) < 20_000);

/** An array of noise that begins `shift` entries into its buffer. */
function noise(Values: (typeof CLASSES)[number], length: number, shift: number): TypedArray {
	const bytes = new Uint8Array((length + shift) * Values.BYTES_PER_ELEMENT);
	for (let i = 0, state = 1; i < bytes.length; i++) {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		bytes[i] = state >>> 16;
	}
	return new Values(bytes.buffer, shift * Values.BYTES_PER_ELEMENT, length);
}

const bytesOf = (values: TypedArray): Uint8Array => new Uint8Array(values.buffer);

/** By the definition: one element after the other, byte by byte. */
function expected(dst: TypedArray, src: TypedArray, walks: readonly Walk[], axes: readonly Axis[]): Uint8Array {
	const size = dst.BYTES_PER_ELEMENT;
	const result = bytesOf(dst).slice();
	const visit = (depth: number, d: number, s: number): void => {
		const axis = axes[depth];
		if (axis === undefined) {
			const from = src.byteOffset + s * size;
			result.set(new Uint8Array(src.buffer).subarray(from, from + size), dst.byteOffset + d * size);
			return;
		}
		const [to, from] = [positions(axis.count, axis.dst), positions(axis.count, axis.src)];
		for (let i = 0; i < axis.count; i++) visit(depth + 1, d + (to[i] as number), s + (from[i] as number));
	};
	const start = (key: "dstStart" | "srcStart"): number => walks.reduce((sum, walk) => sum + walk[key], 0);
	visit(0, start("dstStart"), start("srcStart"));
	return result;
}

describe("strided copies", () => {
	it("are what the definition says, bit for bit, and touch nothing else", () => {
		const shifts = fc.tuple(fc.nat(8), fc.nat(8), fc.nat(9), fc.nat(9));
		fc.assert(
			fc.property(fc.constantFrom(...CLASSES), seeds, fc.boolean(), shifts, (Values, drawn, rowMajor, shift) => {
				const axes = layOut(drawn, rowMajor);
				const walks = axes.map(({ count, dst, src }, d): Walk => {
					const first = d === 0;
					return {
						count,
						dstStart: reach(count, dst).below + (first ? shift[0] : 0),
						dstStep: dst.step,
						srcStart: reach(count, src).below + (first ? shift[1] : 0),
						srcStep: src.step,
						dstTable: dst.table && Float64Array.from(dst.table),
						srcTable: src.table && Float64Array.from(src.table),
					};
				});
				const length = (side: "dst" | "src", extra: number): number =>
					axes.reduce(
						(sum, axis) => sum + reach(axis.count, axis[side]).below + reach(axis.count, axis[side]).above,
						1 + extra,
					);
				const dst = noise(Values, length("dst", shift[0]), shift[2]);
				const src = noise(Values, length("src", shift[1]), shift[3]);
				const wanted = expected(dst, src, walks, axes);
				copyStrided(dst, src, walks);
				expect(Buffer.compare(bytesOf(dst), wanted)).toBe(0);
			}),
			{ numRuns: 1200 },
		);
	});

	it("keep the last of values that land on one place", () => {
		const src = Float32Array.of(1, 2, 3, 4);
		const dst = new Float32Array(2);
		const dstTable = Float64Array.of(0, 1, 0, 1);
		copyStrided(dst, src, [{ count: 4, dstStart: 0, dstStep: 1, srcStart: 0, srcStep: 1, dstTable }]);
		expect([...dst]).toEqual([3, 4]);
	});

	it("know positions beyond 2^31", () => {
		const [at, count] = [2 ** 31 + 5, 20];
		const dst = new Uint8Array(at + 3 * count);
		const src = Uint8Array.from({ length: count }, (_, i) => i + 1);
		const walk = { count, dstStart: at, srcStart: 0, srcStep: 1 };
		copyStrided(dst, src, [{ ...walk, dstStep: 1 }]);
		expect(dst.subarray(at - 1, at + count + 1)).toEqual(Uint8Array.of(0, ...src, 0));
		copyStrided(dst, src, [{ ...walk, dstStep: 3 }]);
		expect(dst.subarray(at).filter((_, i) => i % 3 === 0)).toEqual(src);
	});
});

describe("every bit pattern survives", () => {
	it("in the words that engines fall back on which do not keep the bits of a Float64Array", () => {
		const src = BigUint64Array.from({ length: 200 }, (_, i) => 0x7ff0000000000001n + (BigInt(i) << 52n));
		for (const step of [1, 3]) {
			const dst = new BigUint64Array(src.length);
			const plane = { dst: 3, src: 1, rows: 3, dstRow: 66, srcRow: 64, columns: 20, dstColumn: step, srcColumn: step };
			copyPlane64(dst as never, src as never, plane);
			const wanted = dst.map(() => 0n);
			for (let row = 0; row < 3; row++)
				for (let i = 0; i < 20; i++) wanted[3 + row * 66 + i * step] = src[1 + row * 64 + i * step] as bigint;
			expect(dst).toEqual(wanted);
		}
	});

	const script = fileURLToPath(new URL("processes/copy-bits.mjs", import.meta.url));
	it.each([
		["the interpreter", ["--no-opt", "--no-maglev", "--no-sparkplug"]],
		["baseline code", ["--no-opt", "--no-maglev", "--always-sparkplug"]],
		["the middle tier", ["--no-opt", "--maglev", "--stress-maglev"]],
		["optimised code", ["--always-turbofan"]],
		["what runs by default", []],
	])("in %s", async (_, flags) => {
		const { stdout } = await promisify(execFile)(process.execPath, [...flags, script]);
		expect(stdout).toBe("0\n");
	});
});
