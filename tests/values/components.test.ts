import { describe, expect, it } from "vitest";
import { type DType, dataType } from "../../dist/src/format/data-types.js";
import { toView } from "../../dist/src/values/input.js";
import { nestedOf } from "./nested-of.js";

function read(value: unknown, dtype: DType) {
	const type = dataType(dtype);
	const view = toView(value, type);
	expect(view.data).toBeInstanceOf(type.Array);
	return { shape: view.shape, values: nestedOf(view, type.components) };
}

describe("complex values and raw bits", () => {
	it.each<[string, unknown, DType, readonly number[], unknown]>([
		["a scalar [re, im]", [1, -2], "complex64", [], [1, -2]],
		["a real scalar", 3, "complex128", [], [3, 0]],
		[
			"nested pairs",
			[
				[
					[1, 2],
					[3, 4],
				],
			],
			"complex64",
			[1, 2],
			[
				[
					[1, 2],
					[3, 4],
				],
			],
		],
		[
			"a last axis of 2",
			{ data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] },
			"complex64",
			[2],
			[
				[1, 2],
				[3, 4],
			],
		],
		[
			"real values",
			Float32Array.of(1, 2, 3),
			"complex64",
			[3],
			[
				[1, 0],
				[2, 0],
				[3, 0],
			],
		],
		[
			"real plain values",
			[1, 2, 3],
			"complex128",
			[3],
			[
				[1, 0],
				[2, 0],
				[3, 0],
			],
		],
		[
			"real rows",
			{ data: Int8Array.of(1, 2, 3, 9, 4, 5, 6), shape: [2, 3], stride: [4, 1] },
			"complex64",
			[2, 3],
			[
				[
					[1, 0],
					[2, 0],
					[3, 0],
				],
				[
					[4, 0],
					[5, 0],
					[6, 0],
				],
			],
		],
		[
			"integers",
			BigInt64Array.of(1n, 2n, 3n),
			"complex128",
			[3],
			[
				[1, 0],
				[2, 0],
				[3, 0],
			],
		],
		[
			"separate planes",
			{ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2], stride: [1, 2] },
			"complex64",
			[2],
			[
				[1, 3],
				[2, 4],
			],
		],
		["raw bytes", [1, 255], "r16", [], [1, 255]],
		[
			"rows of raw bytes",
			{ data: Int32Array.of(1, 2, 3, 4), shape: [2, 2] },
			"r16",
			[2],
			[
				[1, 2],
				[3, 4],
			],
		],
	])("%s", (_, value, dtype, shape, values) => {
		expect(read(value, dtype)).toEqual({ shape, values });
	});

	it.each<[unknown, DType, RegExp]>([
		[[1, 256], "r16", /256 at index \[1\] does not fit uint8/],
		[5, "r16", /last axis of their 2 bytes, but the shape is \[\]/],
		[Uint8Array.of(1, 2, 3), "r16", /last axis of their 2 bytes, but the shape is \[3\]/],
		[[1e300, 0], "complex64", /1e\+300 at index \[0\] does not fit float32/],
	])("%o is refused as %s", (value, dtype, message) => {
		expect(() => toView(value, dataType(dtype))).toThrow(
			expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) }),
		);
	});
});
