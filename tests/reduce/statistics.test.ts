import fc from "fast-check";
import { type Connection, connect, type Dataset, type NdArray, type NumericName } from "tesserae";
import { describe, expect, test } from "vitest";
import { asDense, type DenseArray, type Entry, getFrom, indicesOf, positionOf, sizeOf } from "../support/model.js";
import { entriesFor, written } from "../support/selections.js";
import { tries } from "../support/tries.js";
import { exactSum, exactVariance, rounded } from "./exact.js";

type Value = number | bigint;

const quarter = (value: number): number => value / 4;

/** Values that every type holds exactly, with some of what is special to it. */
const VALUES: { readonly [dtype: string]: fc.Arbitrary<Value> } = {
	bool: fc.integer({ min: 0, max: 1 }),
	int8: fc.integer({ min: -128, max: 127 }),
	uint8: fc.integer({ min: 0, max: 255 }),
	int16: fc.integer({ min: -32768, max: 32767 }),
	uint16: fc.integer({ min: 0, max: 65535 }),
	int32: fc.integer(),
	uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
	int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
	uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
	float16: fc.integer({ min: -1000, max: 1000 }).map(quarter),
	float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
	float64: fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constantFrom(0, -0, 1e300, -1e300, 5e-324)),
};

interface Setup {
	readonly shape: number[];
	readonly chunkShape: number[];
	readonly order: number[];
	readonly dtype: string;
	readonly values: Value[];
	readonly holes: boolean;
	readonly selection: Entry[] | undefined;
	/** One bit per axis. */
	readonly reduced: number;
	readonly nan: boolean;
}

const setups: fc.Arbitrary<Setup> = fc
	.record({
		rank: fc.integer({ min: 0, max: 3 }),
		lengths: fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 1, max: 6 }))),
		dtype: fc.constantFrom(...Object.keys(VALUES)),
	})
	.chain(({ rank, lengths, dtype }) => {
		const shape = lengths.slice(0, rank);
		const size = sizeOf(shape);
		return fc.record({
			shape: fc.constant(shape),
			chunkShape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: rank, maxLength: rank }),
			order: fc.shuffledSubarray([...shape.keys()], { minLength: rank }),
			dtype: fc.constant(dtype),
			values: fc.array(VALUES[dtype] as fc.Arbitrary<Value>, { minLength: size, maxLength: size }),
			holes: fc.boolean(),
			selection: fc.option(entriesFor(shape), { nil: undefined }),
			reduced: fc.nat(31),
			nan: fc.boolean(),
		});
	});

async function filled({ shape, chunkShape, order, dtype, values, holes, nan }: Setup): Promise<Dataset> {
	const con = await connect("ram:");
	const codecs = shape.length > 1 ? [{ name: "transpose", configuration: { order } }, "bytes"] : ["bytes"];
	const ds = await con.createDataset("a", {
		shape,
		chunkShape,
		dtype: dtype as NumericName,
		codecs,
		fillValue: 1 as never,
	});
	const isFloat = dtype.startsWith("float");
	const data = values.map((value, i) =>
		dtype === "bool" ? value === 1 : nan && isFloat && i % 3 === 1 ? Number.NaN : value,
	);
	await ds.set("...", { data, shape });
	if (holes) await ds.deleteChunk(shape.map(() => 0));
	return ds;
}

/** The values that each element of the result takes in. */
function groups(source: DenseArray, axes: readonly number[]): { shape: number[]; values: Value[][] } {
	const kept = source.shape.flatMap((_, d) => (axes.includes(d) ? [] : [d]));
	const shape = kept.map((d) => source.shape[d] as number);
	const values: Value[][] = Array.from({ length: sizeOf(shape) }, () => []);
	for (const index of indicesOf(source.shape)) {
		const at = positionOf(
			kept.map((d) => index[d] as number),
			shape,
		);
		values[at]?.push(source.data[positionOf(index, source.shape)] as Value);
	}
	return { shape, values };
}

const isLess = (a: Value, b: Value): boolean => a < b;

function least(values: readonly Value[]): Value {
	if (typeof values[0] === "bigint") return values.reduce((a, b) => (isLess(b, a) ? b : a));
	return values.reduce((a, b) => Math.min(a as number, b as number));
}

function largest(values: readonly Value[]): Value {
	if (typeof values[0] === "bigint") return values.reduce((a, b) => (isLess(a, b) ? b : a));
	return values.reduce((a, b) => Math.max(a as number, b as number));
}

const hasNaN = (values: readonly Value[]): boolean => values.some((value) => Number.isNaN(value));

/** What is wrong with a statistic of some values; undefined where it is right. There are too many of them for an `expect` each. */
type Judge = (actual: Value, values: readonly Value[]) => string | undefined;

function same(actual: Value, expected: Value): string | undefined {
	return Object.is(actual, expected) ? undefined : `${actual}, not ${expected}`;
}

function within(actual: number, expected: number, tolerance: number): string | undefined {
	if (Number.isNaN(expected)) return same(actual, expected);
	return Math.abs(actual - expected) <= tolerance ? undefined : `${actual}, not ${expected} ± ${tolerance}`;
}

/** What a statistic of a group may be off by: a few last digits, and what cancelled. */
function near(actual: number, expected: number, values: readonly Value[]): string | undefined {
	const magnitude = values.reduce<number>((sum, value) => sum + Math.abs(Number(value)), 0);
	return within(actual, expected, 2 ** -51 * Math.abs(expected) + 2 ** -95 * magnitude);
}

const integral = (dtype: string): boolean => !dtype.startsWith("float");

function judges(dtype: string): { readonly [name: string]: Judge } {
	return {
		min: (actual, values) => same(actual, hasNaN(values) ? Number.NaN : least(values)),
		max: (actual, values) => same(actual, hasNaN(values) ? Number.NaN : largest(values)),
		sum(actual, values) {
			if (integral(dtype))
				return same(
					actual,
					values.reduce<bigint>((sum, value) => sum + BigInt(value), 0n),
				);
			return near(actual as number, hasNaN(values) ? Number.NaN : rounded(exactSum(values)), values);
		},
		mean(actual, values) {
			const undefinedMean = hasNaN(values) || values.length === 0;
			return near(
				actual as number,
				undefinedMean ? Number.NaN : rounded(exactSum(values), BigInt(values.length)),
				values,
			);
		},
		std(actual, values) {
			if (hasNaN(values) || values.length === 0) return same(actual, Number.NaN);
			// As NumPy does, 64-bit integers are taken as float64.
			const floats = values.map(Number);
			const expected = Math.sqrt(exactVariance(floats));
			// Beyond 2^512 a square is infinite; below 2^-511 it is rounded to a multiple of 2^-1074, or to 0.
			if (floats.some((value) => Math.abs(value) > 1e150)) return undefined;
			const largestValue = floats.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
			const tolerance = 1e-13 * expected + 1e-15 * largestValue + 2 ** -537 * Math.sqrt(floats.length);
			return within(actual as number, expected, tolerance);
		},
	};
}

type Method = (options: object) => Promise<unknown>;

function methodOf(ds: Dataset, name: string): Method {
	return (options) =>
		(ds as unknown as { readonly [name: string]: Method })[name]?.call(ds, options) as Promise<unknown>;
}

/** A scalar as an entry of a typed array. */
const entry = (value: unknown): Value => (typeof value === "boolean" ? Number(value) : (value as Value));

async function compare(setup: Setup): Promise<void> {
	const ds = await filled(setup);
	const selected = setup.selection ?? [];
	const whole = getFrom(asDense(await ds.get()), selected);
	const selection = setup.selection && written(setup.selection, "objects");
	const axes = [...whole.shape.keys()].filter((d) => (setup.reduced >> d) & 1);
	const negative = axes.map((axis, i) => (i % 2 ? axis - whole.shape.length : axis));
	for (const [name, judge] of Object.entries(judges(setup.dtype))) {
		const method = methodOf(ds, name);
		const every = whole.data;
		if (every.length > 0 || !name.startsWith("m") || name === "mean")
			expect(judge(entry(await method({ selection })), every)).toBe(undefined);
		else await expect(method({ selection })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		const { shape, values } = groups(whole, axes);
		const sums = values.map((group) =>
			group.reduce<bigint>((sum, value) => sum + BigInt(Math.trunc(Number(value) || 0)), 0n),
		);
		if (name === "sum" && setup.dtype.endsWith("int64") && sums.some((sum) => sum < -(2n ** 62n) || sum > 2n ** 62n))
			continue;
		const isEmpty = (name === "min" || name === "max") && values.some((group) => group.length === 0);
		if (isEmpty) {
			await expect(method({ selection, axes: negative })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
			continue;
		}
		const result = asDense((await method({ selection, axes: negative })) as NdArray);
		expect(result.shape).toEqual(shape);
		expect(result.data.flatMap((value, i) => judge(value, values[i] as Value[]) ?? [])).toEqual([]);
	}
	await (ds.connection as Connection).close();
}

describe("against arithmetic without rounding", () => {
	test("min, max, sum, mean and std of every type, selection and set of axes", async () => {
		await fc.assert(fc.asyncProperty(setups, compare), { numRuns: tries(800, 250) });
	});

	const BIG: readonly [shape: number[], chunkShape: number[], order: number[]][] = [
		[[7001], [3000], [0]],
		[
			[70, 90],
			[40, 90],
			[0, 1],
		],
		[
			[70, 90],
			[64, 32],
			[1, 0],
		],
		[
			[2, 4500],
			[2, 4100],
			[0, 1],
		],
		[
			[4500, 3],
			[4100, 3],
			[0, 1],
		],
		[
			[4500, 3],
			[4100, 3],
			[1, 0],
		],
		[
			[11, 30, 25],
			[11, 20, 25],
			[2, 0, 1],
		],
		[
			[40, 20, 3],
			[40, 16, 3],
			[0, 1, 2],
		],
	];

	test.each(BIG)(
		"lines, rows and columns of %j in chunks of %j, axes stored in the order %j",
		async (shape, chunkShape, order) => {
			const values = Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7919) % 1009) - 400);
			for (const dtype of ["int16", "float64"])
				for (let reduced = 0; reduced < 2 ** shape.length; reduced++)
					await compare({
						shape,
						chunkShape,
						order,
						dtype,
						values,
						holes: false,
						selection: undefined,
						reduced,
						nan: false,
					});
			const few = { kind: "slice", start: 1, stop: 3, step: 1 } as const;
			const backwards = { kind: "slice", start: null, stop: null, step: -3 } as const;
			const list = { kind: "list", indices: [-1, 0, 1, 1] } as const;
			const whole = { order, shape, chunkShape, dtype: "float32", values, holes: false, nan: true };
			for (const first of [backwards, list])
				for (const reduced of [0, 1])
					await compare({ ...whole, selection: shape.map((_, d) => (d === 0 ? first : few)), reduced });
		},
	);
});
