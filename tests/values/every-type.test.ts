/** Every data type of numbers, through every engine. */
import { connect, type DType } from "tesserae";
import { describe, expect, it } from "vitest";

const FLOATS = [
	...[
		"float8_e3m4",
		"float8_e4m3",
		"float8_e4m3b11fnuz",
		"float8_e4m3fn",
		"float8_e4m3fnuz",
		"float8_e5m2",
		"float8_e5m2fnuz",
	],
	...["float8_e8m0fnu", "float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn", "bfloat16", "float16", "float32", "float64"],
];
const TYPES = [
	...[
		"bool",
		"int2",
		"int4",
		"int8",
		"int64",
		"uint2",
		"uint4",
		"uint8",
		"numpy.datetime64[D]",
		"numpy.timedelta64[3as]",
	],
	...FLOATS,
	...FLOATS.map((part) => `complex_${part}`),
] as DType[];

describe.each(["sequential", "threads"])("%s", (engine) => {
	it("writes, fills, casts, maps and reads all of them in chunks and parts", async () => {
		await using con = await connect("ram:", { engine, workers: 1 });
		for (const dtype of TYPES) {
			const isComplex = dtype.startsWith("complex");
			const fill = isComplex ? [1, 1] : 1;
			const ds = await con.createDataset(dtype, { shape: [3, 3], chunkShape: [2, 2], dtype, fillValue: fill as never });

			const values = { data: Float64Array.of(1, 1, 1, 1), shape: [2, 2] };
			await ds.set("1:, 1:", isComplex ? { data: Float64Array.of(1, 0, 1, 0, 1, 1, 1, 0), shape: [2, 2, 2] } : values);
			const { data } = await (await con.getDataset(dtype)).get([[0, 2], [1]]);
			const one = typeof data[0] === "bigint" ? 1n : 1;
			expect([dtype, ...data]).toEqual([dtype, ...(isComplex ? [1, 1, 1, 1] : [one, one])]);
			const copy = await ds.clone(`${dtype}-copy`, { data: true });
			expect([copy.dtype, await copy.at(2, 2)]).toEqual([dtype, await ds.at(2, 2)]);
		}
	});
});
