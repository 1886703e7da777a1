import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, dataType } from "../../dist/src/format/data-types.js";
import { toView } from "../../dist/src/values/input.js";
import { ndArray } from "../../dist/src/values/nd-array.js";
import { PlainView } from "../../dist/src/values/plain-view.js";
import { rowMajor } from "../../dist/src/values/view.js";
import { nestedOf } from "./nested-of.js";

function read(value: unknown, dtype: DType) {
	const type = dataType(dtype);
	const view = toView(value, type);
	expect(view.data).toBeInstanceOf(type.Array);
	return { shape: view.shape, values: nestedOf(view, type.components) };
}

describe("forms of values", () => {
	const block = Float64Array.of(1, 2, 3, 4, 5, 6);

	it.each<[string, unknown, DType, readonly number[], unknown]>([
		["a number", 5, "int8", [], 5],
		["a bigint", 5n, "uint64", [], 5n],
		["a boolean", true, "bool", [], 1],
		["a typed array", Int16Array.of(1, 2), "int32", [2], [1, 2]],
		[
			"nested arrays",
			[
				[1, 2, 3],
				[4, 5, 6],
			],
			"float32",
			[2, 3],
			[
				[1, 2, 3],
				[4, 5, 6],
			],
		],
		["nested booleans and bigints", [[true], [2n]], "int64", [2, 1], [[1n], [2n]]],
		["an empty array", [], "float32", [0], []],
		["empty rows", [[], []], "float32", [2, 0], [[], []]],
		[
			"{ data, shape }",
			{ data: block, shape: [3, 2] },
			"float64",
			[3, 2],
			[
				[1, 2],
				[3, 4],
				[5, 6],
			],
		],
		[
			"plain data",
			{ data: [1, 2n, true, 4], shape: [2, 2] },
			"uint8",
			[2, 2],
			[
				[1, 2],
				[1, 4],
			],
		],
		["a scalar view", { data: block, shape: [], offset: 3 }, "int8", [], 4],
		["strides", { data: block, shape: [2], stride: [-2], offset: 4 }, "float64", [2], [5, 3]],
		["plain strides", { data: [1, 2, 3, 4], shape: [2], stride: [2] }, "int8", [2], [1, 3]],
		[
			"an ndarray",
			ndArray<"float64">(block, [2, 3]).transpose(1, 0),
			"int8",
			[3, 2],
			[
				[1, 4],
				[2, 5],
				[3, 6],
			],
		],
		["a plain view", new PlainView({ data: block, shape: [6] }).step(-3), "float64", [2], [6, 3]],
		["a 0-d ndarray", ndArray<"float64">(block, [6]).pick(2), "float32", [], 3],
		["no values", { data: new Int8Array(0), shape: [2 ** 40, 0] }, "int16", [2 ** 40, 0], undefined],
	])("%s", (_, value, dtype, shape, values) => {
		if (values === undefined) expect(toView(value, dataType(dtype)).shape).toEqual(shape);
		else expect(read(value, dtype)).toEqual({ shape, values });
	});

	it.each<[unknown, DType, RegExp]>([
		[[[1, 2], [3]], "int8", /ragged array: \[1\] is an array of length 1, .*an array of length 2/],
		[[[1], 2], "int8", /\[1\] is a single value/],
		[[1, [2]], "int8", /\[1\] is an array of length 1, .*a single value/],
		[
			[
				[[1], [2]],
				[[3], [4, 5]],
			],
			"int8",
			/ragged array: \[1, 1\]/,
		],
		[[[], [1]], "int8", /ragged array: \[1\]/],
		[[Float32Array.of(1)], "int8", /a Float32Array at index \[0\] is not a value/],
		["5", "int8", /"5" is not a value of int8/],
		[null, "int8", /null is not a value/],
		[undefined, "int8", /undefined is not a value/],
		[new ArrayBuffer(8), "int8", /ArrayBuffer.*typed array/],
		[{ data: new ArrayBuffer(8), shape: [8] }, "int8", /data is a ArrayBuffer/],
		[{ data: block, shape: [2, 2] }, "int8", /shape \[2, 2\] has 4 values, but data has 6/],
		[{ data: block, shape: [-1] }, "int8", /shape is \[-1\]/],
		[{ data: block, shape: 6 }, "int8", /shape is 6/],
		[{ data: block, shape: [2, 3], stride: [3] }, "int8", /stride is \[3\]: give one integer per axis of \[2, 3\]/],
		[{ data: block, shape: [2, 3], stride: [4, 1] }, "int8", /entries 0 to 6 of data, which has 6/],
		[{ data: block, shape: [2], stride: [-1], offset: 0 }, "int8", /entries -1 to 0/],
		[{ data: block, shape: [2], stride: [1], offset: 0.5 }, "int8", /offset is 0\.5/],
	])("refuses %o", (value, dtype, message) => {
		expect(() => toView(value, dataType(dtype))).toThrow(
			expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) }),
		);
	});

	it("refuses an array that holds itself", () => {
		const loop: unknown[] = [];
		loop.push(loop);
		expect(() => toView(loop, dataType("int8"))).toThrow(/holds itself/);
	});

	it("names the place of a value that does not fit, in the caller's own axes", () => {
		const array = ndArray(Int16Array.of(1, 2, 3, 4, 500, 6), [2, 3]).transpose(1, 0);
		expect(() => toView(array, dataType("uint8"))).toThrow(/value 500 \(int16\) at index \[1, 1\]/);
		expect(() => toView([[1], [1e9]], dataType("uint8"))).toThrow(/at index \[1, 0\]/);
	});
});

describe("memory", () => {
	it.each<[DType, ArrayBufferView]>([
		["float32", new Float32Array(new SharedArrayBuffer(16))],
		["float16", Float32Array.of(1.1, 2, 3, 4)],
		["int64", BigInt64Array.of(1n, 2n, 3n, 4n)],
		["bool", Uint8Array.of(0, 1, 1, 0)],
		["uint8", Buffer.from([1, 2, 3, 4])],
		["r8", Uint8Array.of(1, 2, 3, 4)],
	])("of the class of %s is not copied", (dtype, data) => {
		const view = toView({ data, shape: [2, 2], stride: [-2, 1], offset: 2 }, dataType(dtype));
		expect(view.data).toBe(data);
		expect(view).toMatchObject({ shape: [2, 2], stride: [-2, 1], offset: 2 });
	});

	it("of complex values and raw bits is not copied where components lie side by side", () => {
		const data = Float32Array.from({ length: 8 }, (_, i) => i);
		const view = toView({ data, shape: [2, 2, 2], stride: [2, 4, 1], offset: 0 }, dataType("complex64"));
		expect(view).toEqual({ data, shape: [2, 2], stride: [2, 4], offset: 0 });
		const bytes = Uint8Array.from({ length: 6 }, (_, i) => i);
		expect(toView({ data: bytes, shape: [2, 3] }, dataType("r24"))).toEqual({
			data: bytes,
			shape: [2],
			stride: [3],
			offset: 0,
		});
	});

	it("that holds a broadcast is cast without expanding it", () => {
		const view = toView({ data: Float64Array.of(1, 2), shape: [1e6, 1e6, 2], stride: [0, 0, 1] }, dataType("float32"));
		expect(view).toEqual({ data: Float32Array.of(1, 2), shape: [1e6, 1e6, 2], stride: [0, 0, 1], offset: 0 });
		const one = toView({ data: Float64Array.of(1), shape: [5, 2], stride: [0, 0] }, dataType("complex64"));
		expect(nestedOf(one, 2)).toEqual([
			[1, 1],
			[1, 1],
			[1, 1],
			[1, 1],
			[1, 1],
		]);
	});

	it("of bool is looked through, and copied only where unsafe changes it", () => {
		expect(() => toView(Uint8Array.of(0, 1, 2), dataType("bool"))).toThrow(
			/value 2 \(uint8\) at index \[2\] does not fit bool/,
		);
		const view = toView(Uint8Array.of(0, 1, 2), dataType("bool"), { casting: "unsafe" });
		expect(nestedOf(view)).toEqual([0, 1, 1]);
		const clean = Uint8Array.of(0, 1);
		expect(toView(clean, dataType("bool"), { casting: "unsafe" }).data).toBe(clean);
	});
});

describe("any strided view", () => {
	const axis = fc.record({ length: fc.nat(4), step: fc.integer({ min: -30, max: 30 }) });

	it("is read element by element as its strides say", () => {
		fc.assert(
			fc.property(
				fc.array(axis, { maxLength: 4 }),
				fc.constantFrom<DType>("float64", "float32", "int64", "complex64", "r16", "bool"),
				fc.nat(3),
				fc.boolean(),
				(axes, dtype, slack, plain) => {
					const { components } = dataType(dtype);
					const tail = components > 1 ? [{ length: components, step: plain ? 1 : 7 }] : [];
					const all = [...axes, ...tail];
					const shape = all.map(({ length }) => length);
					const stride = all.map(({ step }) => step);
					const reach = (sign: number) =>
						all.reduce((sum, { length, step }) => sum + Math.max(0, sign * step * Math.max(0, length - 1)), 0);
					const offset = reach(-1) + slack;
					const limit = dtype === "bool" ? 2 : 200;
					const data = Int32Array.from({ length: offset + reach(1) + 1 }, (_, i) => (i * 7919) % limit);
					// Complex values whose last own axis happens to have length 2 are always given with their parts here.
					const view = toView({ data: plain ? [...data] : data, shape, stride, offset }, dataType(dtype));
					const expected = nestedOf({ data, shape, stride, offset });
					const big = dtype === "int64" ? JSON.stringify(expected) : undefined;
					expect(view.shape).toEqual(shape.slice(0, axes.length));
					const got = nestedOf(view, components);
					if (big === undefined) expect(got).toEqual(expected);
					else expect(JSON.stringify(got, (_, entry) => (typeof entry === "bigint" ? Number(entry) : entry))).toBe(big);
				},
			),
			{ numRuns: 500 },
		);
	});

	it("is read row by row where rows are long and lie apart", () => {
		const data = Float64Array.from({ length: 150 }, (_, i) => i);
		const long = { data, shape: [2, 40], stride: [60, 1], offset: 1 };
		expect(nestedOf(toView(long, dataType("float32")))).toEqual(nestedOf(long));
	});

	it("of plain arrays comes back from its nested form", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }), (shape) => {
				const size = shape.reduce((product, length) => product * length, 1);
				const data = Int32Array.from({ length: size }, (_, i) => i * 3);
				const nested = nestedOf({ data, shape, stride: rowMajor(shape), offset: 0 });
				expect(toView(nested, dataType("int32"))).toEqual({ data, shape, stride: rowMajor(shape), offset: 0 });
			}),
		);
	});
});
