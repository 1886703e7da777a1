/** What the compiler knows of reductions: checked by `npm run types`, since these lines only have to compile. */
import { connect, type NdArray, type StatisticOptions } from "tesserae";
import { expect, expectTypeOf, test } from "vitest";

test("a scalar without axes, an array with them; the type follows that of the dataset", async () => {
	await using con = await connect("ram:");
	const floats = await con.createDataset("f", { shape: [2, 2], dtype: "float32" });
	expectTypeOf(await floats.min()).toEqualTypeOf<number>();
	expectTypeOf(await floats.sum({ skipNaN: true })).toEqualTypeOf<number>();
	expectTypeOf(await floats.std({ ddof: 1 })).toEqualTypeOf<number>();
	expectTypeOf(await floats.max({ axes: 0 })).toEqualTypeOf<NdArray<"float32">>();
	expectTypeOf(await floats.mean({ axes: [0, 1] })).toEqualTypeOf<NdArray<"float64">>();
	const given: StatisticOptions = {};
	expectTypeOf(await floats.max(given)).toEqualTypeOf<number | NdArray<"float32">>();
	const bytes = await con.createDataset("b", { shape: [1], dtype: "uint8" });
	expectTypeOf(await bytes.min()).toEqualTypeOf<number>();
	expectTypeOf(await bytes.sum()).toEqualTypeOf<bigint>();
	expectTypeOf(await bytes.sum({ axes: 0 })).toEqualTypeOf<NdArray<"uint64">>();
	const flags = await con.createDataset("t", { shape: [1], dtype: "bool" });
	expectTypeOf(await flags.max()).toEqualTypeOf<boolean>();
	expectTypeOf(await flags.sum({ axes: [0] })).toEqualTypeOf<NdArray<"int64">>();
	const complex = await con.createDataset("c", { shape: [1], dtype: "complex64" });
	expectTypeOf(await complex.mean()).toEqualTypeOf<readonly [re: number, im: number]>();
	expect([await floats.min(), await bytes.sum(), await flags.max(), await complex.mean()]).toEqual([
		0,
		0n,
		false,
		[0, 0],
	]);
});

test("reduce infers what is accumulated from combine", async () => {
	await using con = await connect("ram:");
	const ds = await con.createDataset("a", { shape: [4], dtype: "float64", chunkShape: [2] });
	const count = await ds.reduce(
		(block) => block.data.length,
		(a: number, b: number) => a + b,
	);
	expectTypeOf(count).toEqualTypeOf<number>();
	expect(count).toBe(4);
});
