import type { NumericName, TypedArray } from "../../src/format/data-types.js";
import { dataType } from "../../src/format/data-types.js";
import { empty, type NdArray } from "../../src/values/nd-array.js";
import { check, equal, rejects } from "../expect.js";
import { counting, noise, part, sameValues, sizeOf, span } from "./arrays.js";
import { always, type Clause, keysOf, lists, partial, where } from "./fixture.js";

const DTYPES: readonly NumericName[] = [
	...(["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const),
	...(["float16", "float32", "float64", "complex64", "complex128", "r8", "r24"] as const),
	...(["uint2", "int4", "bfloat16", "complex_float8_e4m3", "numpy.datetime64[10us]"] as const),
];

/** Values that a type can hold, its extremes among them, with an axis for the components where there are several. */
function samples(name: NumericName, shape: readonly number[]): { data: TypedArray; shape: readonly number[] } {
	const { kind, bits, itemSize, components, Array: Values } = dataType(name);
	const full = components === 1 ? shape : [...shape, components];
	const data = new Values(sizeOf(full));
	if (kind === "b") (data as Uint8Array).set(noise(data.length, 0, 1));
	else if (kind === "f" || kind === "c") {
		const [most, by] = bits < 16 ? [7, 1] : [name === "bfloat16" ? 100 : 1000, 8];
		(data as Float64Array).set(Array.from(noise(data.length, -most, most), (v, i) => SPECIAL[i % 9] ?? v / by));
	} else if (bits < 8) (data as Int8Array).set(noise(data.length, 0, 2 ** (bits - 1) - 1));
	else {
		const bytes = new Uint8Array(data.buffer);
		bytes.set(noise(bytes.length, 0, 255));
		if (kind !== "V" && itemSize === 8) (data as BigInt64Array)[0] = -1n as never;
	}
	return { data, shape: full };
}

const SPECIAL: readonly (number | undefined)[] = [
	undefined,
	Number.NaN,
	undefined,
	Number.POSITIVE_INFINITY,
	Number.NEGATIVE_INFINITY,
	-0,
];

const FILLS: readonly [dtype: NumericName, fill: number | bigint | boolean | [number, number], entries: TypedArray][] =
	[
		["float64", Number.NaN, Float64Array.of(Number.NaN)],
		["float64", -0, Float64Array.of(-0)],
		["float32", Number.NEGATIVE_INFINITY, Float32Array.of(Number.NEGATIVE_INFINITY)],
		["float16", 1.5, Float32Array.of(1.5)],
		["int64", 9007199254740993n, BigInt64Array.of(9007199254740993n)],
		["uint64", 18446744073709551615n, BigUint64Array.of(18446744073709551615n)],
		["int8", -128, Int8Array.of(-128)],
		["int4", -8, Int8Array.of(-8)],
		["float8_e4m3", Number.NaN, Float32Array.of(Number.NaN)],
		["numpy.timedelta64[s]", -(2n ** 63n), BigInt64Array.of(-(2n ** 63n))],
		["bool", true, Uint8Array.of(1)],
		["complex64", [1, -0.5], Float32Array.of(1, -0.5)],
	];

export const values: readonly Clause[] = [
	partial("every data type keeps its values, whole and in part", async (con) => {
		for (const dtype of DTYPES) {
			const data = samples(dtype, [5, 6]);
			const ds = await con.createDataset<NumericName>(dtype, { data, shape: [5, 6], dtype, chunkShape: [2, 4] });
			sameValues(await ds.get(), data, dtype);
			const components = data.shape.slice(2).map((count) => span(0, count));
			const row = part(data, [1, span(0, 6), ...components]);
			await ds.set([3], row);
			sameValues(await (await con.getDataset(dtype)).get([3]), row, `a row of ${dtype}`);
		}
	}),
	partial(
		"every fill value is read where nothing was written, around what was, and after opening again",
		async (con) => {
			for (const [i, [dtype, fillValue, entries]] of FILLS.entries()) {
				await con.createDataset<NumericName>(`f${i}`, { shape: [5], dtype, chunkShape: [2], fillValue } as never);
				const ds = await con.getDataset(`f${i}`);
				const components = entries.length;
				const wanted = new (entries.constructor as new (length: number) => TypedArray)(5 * components);
				for (let n = 0; n < wanted.length; n++) wanted[n] = entries[n % components] as never;
				const shape = components === 1 ? [5] : [5, components];
				sameValues(await ds.get(), { data: wanted, shape }, `${dtype} fill ${i}`);
				const one = (typeof entries[0] === "bigint" ? 1n : dtype === "bool" ? false : 1) as never;
				await ds.set([0], one);
				wanted[0] = (typeof one === "bigint" ? one : Number(one)) as never;
				if (components === 2) wanted[1] = 0;
				sameValues(await ds.get(), { data: wanted, shape }, `${dtype} fill ${i} after a write`);
			}
		},
	),
	where(lists, "a chunk of nothing but fill value is not stored; -0 is not 0, NaN is NaN", async (con) => {
		const stored = async (name: string) => (await keysOf(con)).filter((key) => key.startsWith(`${name}/c`)).length;
		const zeros = await con.createDataset("zeros", { shape: [4], dtype: "float64", chunkShape: [2] });
		await zeros.set("...", [0, 0, -0, -0]);
		equal(await stored("zeros"), 1, "chunks of 0, -0");
		sameValues(await zeros.get(), { data: Float64Array.of(0, 0, -0, -0), shape: [4] }, "zeros");
		const options = { shape: [4], dtype: "float64", chunkShape: [2], fillValue: Number.NaN } as const;
		const nans = await con.createDataset("nans", options);
		await nans.set("...", [Number.NaN, Number.NaN, 0, 0]);
		equal(await stored("nans"), 1, "chunks of NaN, 0");
		await nans.set("...", Number.NaN);
		equal(await stored("nans"), 0, "chunks of NaN");
	}),
	partial("float64 goes into float32 the same, aligned or not", async (con) => {
		const data = Float64Array.from({ length: 8 }, (_, i) => 0.1 * i + 1e-9);
		const wanted = { data: Float32Array.from(data), shape: [8] };
		for (const [name, pieces] of Object.entries({
			aligned: [[0, 8]],
			unaligned: [
				[0, 3],
				[3, 5],
				[5, 8],
			],
		})) {
			const ds = await con.createDataset(name, { shape: [8], dtype: "float32", chunkShape: [4] });
			for (const [start = 0, stop = 0] of pieces) await ds.set(`${start}:${stop}`, data.slice(start, stop));
			sameValues(await ds.get(), wanted, name);
		}
	}),
	partial("values that do not fit are refused whole, aligned or not, unless casting is unsafe", async (con) => {
		const ds = await con.createDataset("a", { data: new Int8Array(8).fill(7), chunkShape: [4] });
		for (const selection of ["...", "1:7"]) {
			const count = selection === "..." ? 8 : 6;
			for (const bad of [new Array(count).fill(300), new Array(count).fill(0.5), new Float64Array(count).fill(1.5)])
				await rejects(() => ds.set(selection, bad), "INVALID_ARGUMENT", `${bad[0]} at ${selection}`);
			await rejects(() => ds.set(selection, 2n ** 70n), "INVALID_ARGUMENT", "2^70");
		}
		sameValues(await ds.get(), { data: new Int8Array(8).fill(7), shape: [8] }, "values after all");
		await ds.set("1:7", new Float64Array(6).fill(257.9), { casting: "unsafe" });
		sameValues(await ds.get(), { data: Int8Array.of(7, 1, 1, 1, 1, 1, 1, 7), shape: [8] }, "unsafe");
	}),
	partial("values broadcast along the axes that NumPy broadcasts along", async (con) => {
		const ds = await con.createDataset("a", { shape: [4, 3], dtype: "int32", chunkShape: [2, 2] });
		const rows = (data: number[]) => ({ data: Int32Array.from(data), shape: [4, 3] });
		await ds.set("...", [1, 2, 3]);
		sameValues(await ds.get(), rows([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]), "a row to all rows");
		await ds.set("...", [[5], [6], [7], [8]]);
		sameValues(await ds.get(), rows([5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8]), "a column to all columns");
		await ds.set("1:3, 1", 0);
		sameValues(await ds.get(), rows([5, 5, 5, 6, 0, 6, 7, 0, 7, 8, 8, 8]), "a scalar");
		await ds.set([0], [[9, 9, 9]]);
		equal(await ds.at(0, 2), 9, "an axis of 1 too many in front");
		for (const bad of [
			[1, 2],
			[1, 2, 3, 4],
			[
				[1, 2, 3],
				[1, 2, 3],
			],
		])
			await rejects(() => ds.set("...", bad), "INVALID_ARGUMENT", JSON.stringify(bad));
		const cube = await con.createDataset("cube", { shape: [3, 3, 3], dtype: "int32", chunkShape: [2, 2, 2] });
		const frame = counting([3, 3]);
		await cube.set([1], frame);
		sameValues(await cube.get([1]), frame, "a frame");
		await cube.set([null, 1], frame);
		sameValues(await cube.get([null, 1]), frame, "a frame of another axis");
	}),
	always("arrays in other layouts are written by their values", async (con) => {
		const backwards = { data: Int32Array.of(6, 5, 4, 3, 2, 1), shape: [2, 3], stride: [-3, -1], offset: 5 };
		const ds = await con.createDataset("a", { data: backwards, chunkShape: [2, 2] });
		sameValues(await ds.get(), counting([2, 3]), "strides backwards");
		const transposed = { data: Int32Array.of(1, 4, 2, 5, 3, 6), shape: [2, 3], stride: [1, 2] };
		await ds.set("...", transposed);
		sameValues(await ds.get(), counting([2, 3]), "transposed");
		await ds.set("...", [
			[1, 2, 3],
			[4, 5, 6],
		]);
		sameValues(await ds.get(), counting([2, 3]), "nested");
	}),
	always("the store keeps nothing of the caller's memory, nor the caller of the store's", async (con) => {
		const data = counting([4]).data;
		const ds = await con.createDataset("a", { data, chunkShape: [4], codecs: ["bytes"] });
		await ds.set("...", data);
		data.fill(99);
		const read = (await ds.get()) as NdArray<"int32">;
		sameValues(read, counting([4]), "after the caller changed what it wrote");
		read.data.fill(77);
		sameValues(await ds.get(), counting([4]), "after the caller changed what it read");
	}),
	always("out is filled, whatever its layout, and returned", async (con) => {
		const ds = await con.createDataset("a", { data: counting([4, 6]), chunkShape: [3, 4] });
		const wanted = part(counting([4, 6]), [span(0, 4), span(0, 6, 2)]);
		const out = empty([4, 3], "int32");
		check((await ds.get("..., ::2", { out })) === out, "out is not what came back");
		sameValues(out, wanted, "out");
		const wide = empty([3, 8], "int32");
		const view = wide.transpose(1, 0).lo(2, 0).hi(4, 3);
		sameValues(await ds.get("..., ::2", { out: view }), wanted, "a part of a larger array, transposed");
		equal([wide.get(0, 0), wide.get(2, 7)], [0, 0], "around it");
		await rejects(() => ds.get("...", { out }), "INVALID_ARGUMENT", "out of another shape");
		await rejects(
			() => ds.get("..., ::2", { out: empty([4, 3], "uint32") }),
			"INVALID_ARGUMENT",
			"out of another type",
		);
		const holes = await con.createDataset("holes", { shape: [4], dtype: "int32", chunkShape: [2] });
		const used = empty([4], "int32");
		used.data.fill(5);
		sameValues(
			await holes.get("...", { out: used }),
			{ data: new Int32Array(4), shape: [4] },
			"fill value into used memory",
		);
	}),
	partial("a missing chunk is fill value, or NOT_FOUND where asked", async (con) => {
		const ds = await con.createDataset("a", { shape: [6], dtype: "int8", chunkShape: [2], fillValue: 4 });
		await ds.set("0:3", 1);
		sameValues(await ds.get(), { data: Int8Array.of(1, 1, 1, 4, 4, 4), shape: [6] }, "by default");
		await rejects(() => ds.get("...", { onMissing: "error" }), "NOT_FOUND", "onMissing: error");
		sameValues(
			await ds.get(":4", { onMissing: "error" }),
			{ data: Int8Array.of(1, 1, 1, 4), shape: [4] },
			"stored ones",
		);
	}),
	always("every codec that makes bytes smaller keeps the values", async (con) => {
		const data = counting([40, 30]);
		const chains = [["bytes"], ["gzip"], ["zstd"], ["crc32c"], ["transpose", "bytes", "gzip", "crc32c"]];
		for (const [i, names] of chains.entries()) {
			const codecs = names.map((name) => (name === "transpose" ? { name, configuration: { order: [1, 0] } } : name));
			const ds = await con.createDataset(`c${i}`, { data, chunkShape: [16, 16], codecs });
			sameValues(await ds.get(), data, names.join(", "));
		}
	}),
];
