/** Data types: how each is presented, what stands where nothing was written, and how a program learns and checks a type. */
import { connect, type Dataset, type StoreError, toDate } from "tesserae";

await using con = await connect("ram:");

// Booleans are true and false one by one, and bytes of 1 and 0 in arrays.
const valid = await con.createDataset("valid", { data: [true, false, true] });
console.log("bool:", await valid.at(0), await valid.get());

// 64-bit integers are bigints, so that none is rounded.
const ids = await con.createDataset("ids", { shape: [2], dtype: "uint64", fillValue: 2n ** 64n - 1n });
await ids.set([0], 7n);
console.log("uint64:", await ids.get(), "sum", await ids.sum());

// Halves are presented as float32, rounded to the nearest half when they are written.
const halves = await con.createDataset("halves", { data: [1 / 3, 65504], dtype: "float16" });
console.log("float16:", await halves.get(), `in ${halves.nbytes} bytes`);

// Complex numbers have a last axis of (re, im) that selections do not count.
const waves = await con.createDataset("waves", { shape: [3], dtype: "complex64", fillValue: [0, 1] });
await waves.set("1:", [
	[3, 4],
	[5, 6],
]);
console.log("complex64:", await waves.get(), "one of them", await waves.at(1));

// Points in time are counts of a unit; dates and ISO 8601 become counts, and counts become dates.
const times = await con.createDataset("times", {
	data: [new Date(0), "2024-02-29", "NaT"],
	dtype: "numpy.datetime64[h]",
});
console.log("datetime64:", await times.get(), "the second", toDate(await times.at(1), times.dtype));

// Raw bits of any whole number of bytes: here colours.
const colours = await con.createDataset("colours", { shape: [2], dtype: "r24", fillValue: [255, 255, 255] });
await colours.set([0], [255, 128, 0]);
console.log("r24:", await colours.get());

// The fill value says what absence means; chunks of nothing else are not stored.
const heights = await con.createDataset("heights", { shape: [4], dtype: "float32", fillValue: Number.NaN });
await heights.set("1:3", [8848, 8611]);
console.log("float32:", await heights.get(), "highest", await heights.max({ skipNaN: true }));

// Without `dtype` the values decide: typed arrays by their class, bigints as int64, other numbers as float64.
for (const [n, data] of [Int8Array.of(1), [1n, 2n], [1, 2]].entries())
	console.log("of its own accord:", (await con.createDataset(`own-${n}`, { data })).dtype);

// What a store holds is known when it runs. `is` tells the compiler, `dtype` checks and tells.
const found: Dataset = await con.getDataset("ids");
if (found.is("uint64")) console.log("a bigint:", (await found.at(0)) + 1n);
const floats = await con.getDataset("heights", { dtype: "float32" });
console.log("a Float32Array:", (await floats.get()).data.subarray(1, 3));
await con.getDataset("heights", { dtype: "int8" }).catch((error: StoreError) => console.log(error.message));
