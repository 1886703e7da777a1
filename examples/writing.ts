/** Writing: values broadcast and cast as in NumPy, and a value that does not fit is refused before anything is written. */
import { connect, isStoreError, slice } from "tesserae";

await using con = await connect("ram:");
const grid = await con.createDataset("grid", { shape: [4, 6], dtype: "uint8", chunkShape: [2, 3] });

await grid.set("...", 1); // a scalar
await grid.set("1", [0, 10, 20, 30, 40, 50]); // a row
await grid.set("2:", [[70], [80]]); // a column, repeated along the rows
await grid.set([0, slice(null, null, 2)], Uint8Array.of(2, 3, 4)); // every other place
await grid.set([3, [5, 0, 5]], [6, 7, 8]); // a list: of a repeated index the last value stays
await grid.set("2, ::-1", { data: Uint8Array.of(9, 8, 7, 6, 5, 4), shape: [6] }); // from the end
const corners = [
	[0, 3],
	[5, 1],
];
await grid.setPoints(corners, 99); // (0, 5) and (3, 1)
console.log(await grid.get());

// Numbers must be representable. Typed arrays are cast as NumPy's `same_kind` allows: unsigned to unsigned wraps; between other kinds
// every value must convert exactly.
const row = grid.chunk([0, 0]);
for (const [what, value] of [
	["numbers", [1, 2, 256]],
	["fractions", [0, 1, 1.5]],
	["unsigned", Uint16Array.of(1, 2, 256)],
	["signed", Int16Array.of(1, 2, 3)],
	["negative", Int16Array.of(1, -2, 3)],
	["floats", Float64Array.of(1, 2, 0.5)],
	["of another shape", [1, 2]],
] as const)
	try {
		await row.set("0", value);
		console.log(`${what}: ${(await row.get("0")).data.join(" ")}`);
	} catch (error) {
		if (!isStoreError(error, "INVALID_ARGUMENT")) throw error;
		console.log(`${what}: ${error.message}`);
	}

await row.set("0", [-1, 2.7, 300], { casting: "unsafe" }); // truncates and wraps, as astype does
console.log(`unsafe: ${(await row.get("0")).data.join(" ")}`);
