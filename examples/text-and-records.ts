/** Text and records: texts, byte strings and objects as elements, which arrays hold as plain lists. */
import { connect } from "tesserae";

await using con = await connect("ram:");

// Text of any length, or of at most so many characters, as NumPy's U8; byte strings of any length.
const names = await con.createDataset("names", {
	data: [
		["Größe", "日本語"],
		["", "two words"],
	],
	chunkShape: [1, 2],
});
console.log("string:", await names.get(), "one", await names.at(0, 1));
const codes = await con.createDataset("codes", { shape: [2], dtype: "U8", fillValue: "n/a" });
await codes.set([1], "ABC-12");
console.log(`${codes.dtype}:`, await codes.get());
const blobs = await con.createDataset("blobs", { data: [Uint8Array.of(1, 2, 3), new Uint8Array()] });
console.log("bytes:", await blobs.get());

// Records of named fields; one value is an object.
const places = await con.createDataset("places", { shape: [2], dtype: "struct[x: float32, y: float32, id: int64]" });
await places.set([0], { x: 1.5, y: -2, id: 7n });
console.log("struct:", await places.at(0), await places.get());

// What a store holds is known when it runs: with its type named, the compiler knows that values are texts.
const found = await con.getDataset("names", { dtype: "string" });
console.log(
	"upper case:",
	(await found.get("0")).data.map((name) => name.toUpperCase()),
);

// Selections, broadcasting and kernels are as for numbers.
await names.set(":, 0", "same");
const lengths = await names.map(
	(block) => ({ data: block.data.map((name) => name.length), shape: block.shape }),
	"lengths",
	{
		dtype: "int32",
	},
);
console.log("lengths:", await lengths.get());
