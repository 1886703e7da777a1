import { execFileSync } from "node:child_process";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { empty, type NdArray, ndArray } from "../../dist/src/values/nd-array.js";
import { PlainView } from "../../dist/src/values/plain-view.js";

type View = NdArray | PlainView;

const classes = [Int8Array, Uint8Array, Uint16Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array];

/** All that can be seen of an array from outside. */
function seen(view: View) {
	const { dtype, dimension, size, offset } = view;
	const values: unknown[] = [];
	const walk = (index: number[]): void => {
		if (index.length === dimension) values.push(view.get(...index), view.index(...index));
		else for (let i = 0; i < (view.shape[index.length] ?? 0); i++) walk([...index, i]);
	};
	walk([]);
	return { shape: [...view.shape], stride: [...view.stride], offset, dtype, dimension, size, values };
}

describe("an array by the package and a plain view", () => {
	const bound = fc.option(fc.integer({ min: -1, max: 2 }), { nil: null });
	const steps = fc.option(fc.constantFrom(-2, -1, 1, 2), { nil: null });
	const operation = fc.oneof(
		fc.record({ name: fc.constant("hi" as const), given: fc.array(bound, { maxLength: 4 }) }),
		fc.record({ name: fc.constant("lo" as const), given: fc.array(bound, { maxLength: 4 }) }),
		fc.record({ name: fc.constant("step" as const), given: fc.array(steps, { maxLength: 4 }) }),
		fc.record({ name: fc.constant("pick" as const), given: fc.array(bound, { maxLength: 4 }) }),
	);

	it("have the same members and do the same", () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({ min: 2, max: 4 }), { maxLength: 4 }),
				fc.constantFrom(...classes),
				fc.array(operation, { maxLength: 3 }),
				(shape, Class, operations) => {
					const size = shape.reduce((product, length) => product * length, 1);
					const data = new Class(size);
					for (let i = 0; i < size; i++)
						data[i] = (data instanceof BigInt64Array || data instanceof BigUint64Array ? BigInt(i) : i) as never;
					let made: View = ndArray(data, shape);
					let plain: View = new PlainView({ data, shape });
					expect(made).not.toBeInstanceOf(PlainView);
					for (const { name, given } of operations) {
						if (made.dimension === 0) break;
						// An origin beyond an axis makes a negative length in both, and nothing more to compare.
						const within = given.map((n, d) =>
							name === "step" ? n : n !== null && n < (made.shape[d] ?? 0) ? n : null,
						);
						made = made[name](...within);
						plain = plain[name](...within);
						expect(seen(plain)).toEqual(seen(made));
					}
					const axes = made.shape.map((_, d) => made.dimension - 1 - d);
					expect(seen(plain.transpose(...axes))).toEqual(seen(made.transpose(...axes)));
					if (new Set(made.stride.map(Math.abs)).size === made.dimension) expect(plain.order).toEqual(made.order);
				},
			),
			{ numRuns: 500 },
		);
	});

	it.each([
		["the package", (data: Float64Array) => ndArray<"float64">(data, [2, 3])],
		["a plain view", (data: Float64Array) => new PlainView({ data, shape: [2, 3] })],
	])("set what get reads, by %s", (_, make) => {
		const data = new Float64Array(6);
		const array = make(data);
		expect(array.set(1, 2, 7)).toBe(7);
		expect([array.get(1, 2), data[5]]).toEqual([7, 7]);
		const scalar = array.pick(1, 2);
		expect([scalar.dimension, scalar.get(), Number(scalar)]).toEqual([0, 7, 7]);
		scalar.set(8);
		expect(data[5]).toBe(8);
	});

	it("hold 0-d arrays, empty axes, negative strides and shared memory", () => {
		expect(seen(ndArray(Float32Array.of(5), []))).toMatchObject({ shape: [], dimension: 0, size: 1, values: [5, 0] });
		expect(ndArray(new Int8Array(0), [3, 0, 2])).toMatchObject({ shape: [3, 0, 2], size: 0 });
		for (const make of [
			ndArray(Int8Array.of(1, 2, 3), [3], [-1]),
			new PlainView({ data: Int8Array.of(1, 2, 3), shape: [3], stride: [-1] }),
		])
			expect([make.offset, make.get(0), make.get(2)]).toEqual([2, 3, 1]);
		const shared = new BigInt64Array(new SharedArrayBuffer(16));
		ndArray(shared, [2]).set(1, 2n ** 62n);
		expect(shared[1]).toBe(2n ** 62n);
	});
});

it("where code generation is forbidden, a plain view comes back", () => {
	const script = `
		import { empty, ndArray } from ${JSON.stringify(new URL("../../dist/src/values/nd-array.js", import.meta.url).href)};
		let refused = false;
		try { new Function("return 1"); } catch { refused = true; }
		const array = ndArray(Int16Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
		const scalar = empty([], "int64");
		console.log(JSON.stringify([refused, array.constructor.name, array.get(1, 2), array.transpose(1, 0).pick(2).get(1), array.dtype, String(scalar.get())]));
		console.log(array);
	`;
	const flags = ["--disallow-code-generation-from-strings", "--input-type=module", "-e", script];
	const [values, printed] = execFileSync(process.execPath, flags, { encoding: "utf8" }).split(/\n(.*)/s);
	expect(JSON.parse(values ?? "")).toEqual([true, "PlainView", 6, 6, "int16", "0"]);
	expect(printed).toBe("NdArray(int16, [2, 3]) [[1, 2, 3],\n [4, 5, 6]]\n");
});

it("no array of more than 2^31 entries is left to the package, whose offsets are 32-bit", () => {
	const data = new Proxy(new Uint8Array(1), {
		get: (target, key) => (key === "length" ? 2 ** 31 : Reflect.get(target, key)),
	});
	expect(ndArray(data, [2 ** 31])).toBeInstanceOf(PlainView);
});

describe("empty", () => {
	it.each([
		["bool", Uint8Array, [2, 3]],
		["int64", BigInt64Array, [2, 3]],
		["float16", Float32Array, [2, 3]],
		["complex64", Float32Array, [2, 3, 2]],
		["complex128", Float64Array, [2, 3, 2]],
		["r8", Uint8Array, [2, 3]],
		["r24", Uint8Array, [2, 3, 3]],
	] as const)("makes %s", (dtype, Class, shape) => {
		const array = empty([2, 3], dtype);
		expect(array.data).toBeInstanceOf(Class);
		expect(array.shape).toEqual(shape);
		expect(array.data.length).toBe(shape.reduce((product: number, length: number) => product * length, 1));
		expect(array.data.buffer).toBeInstanceOf(ArrayBuffer);
		expect(empty([2, 3], dtype, { shared: true }).data.buffer).toBeInstanceOf(SharedArrayBuffer);
	});

	it("takes scalars and empty axes", () => {
		expect(empty([], "uint8").data.length).toBe(1);
		expect(empty([2 ** 40, 0], "uint8", { shared: true }).shape).toEqual([2 ** 40, 0]);
	});

	it.each([
		["TOO_LARGE", [2 ** 30 + 1], "float32", /4 GiB.*blocks/],
		["TOO_LARGE", [2 ** 53 - 1, 2 ** 53 - 1], "uint8", /4 GiB/],
		["INVALID_ARGUMENT", [2, -1], "uint8", /-1 of axis 1 in \[2, -1\]/],
		["INVALID_ARGUMENT", [1.5], "uint8", /1\.5/],
		["UNSUPPORTED", [1], "float8", /float8/],
	])("refuses with %s the shape %j of %s", (code, shape, dtype, message) => {
		expect(() => empty(shape, dtype as "uint8")).toThrow(
			expect.objectContaining({ code, message: expect.stringMatching(message) }),
		);
	});
});

describe("printing", () => {
	it.each([
		[ndArray(Float32Array.of(0.1, -0, 2), [3]), "NdArray(float32, [3]) [0.1, -0, 2]"],
		[ndArray(BigInt64Array.of(5n), []), "NdArray(bigint64, []) 5n"],
		[ndArray(new Int8Array(0), [0, 2]), "NdArray(int8, [0, 2]) []"],
		[empty([2, 2, 1], "uint16"), "NdArray(uint16, [2, 2, 1]) [[[0],\n  [0]],\n [[0],\n  [0]]]"],
		[
			ndArray(
				Uint16Array.from({ length: 300 }, (_, i) => i),
				[300],
			),
			"NdArray(uint16, [300]) [0, 1, 2, …, 297, 298, 299]",
		],
	])("shows %s", (array, text) => {
		expect(inspect(array)).toBe(text);
	});

	it("stays short, however many axes", () => {
		expect(inspect(empty([9, 9, 9, 9, 9, 9], "uint8")).length).toBeLessThan(1000);
		expect(inspect(empty(new Array(20).fill(2), "uint8"))).toMatch(/^NdArray\(uint8, \[[2, ]+\]\)$/);
	});

	it("adds nothing that shows in a comparison or a clone", () => {
		const array = empty([2], "uint8");
		expect(Object.keys(array)).toEqual(["data", "shape", "stride", "offset"]);
		expect(structuredClone(array)).toEqual({ data: new Uint8Array(2), shape: [2], stride: [1], offset: 0 });
	});
});
