/** Groups and attributes: a tree of datasets, as in HDF5, and what is noted down beside the numbers. */
import { type Connection, connect } from "tesserae";

await using con = await connect("ram:");

// A name is a path; the groups on the way are made.
for (const day of ["monday", "tuesday"])
	for (const scan of ["before", "after"])
		await con.createDataset(`scans/${day}/${scan}`, {
			shape: [64, 64],
			dtype: "float32",
			dimensionNames: ["y", "x"],
			attributes: { unit: "mV", exposure: { seconds: 0.2 } },
		});
await con.createGroup("notes", { attributes: { author: "Ada" } });

// Attributes are any JSON. Setting merges into what is stored, undefined removes.
const monday = await con.group("scans/monday");
await monday.setAttributes({ temperature: 21.5, instruments: ["A", "B"] });
const before = await con.getDataset("scans/monday/before");
await before.setAttributes({ unit: "µV", exposure: undefined, checked: true });
console.log(monday.attributes);
console.log((await con.getDataset("scans/monday/before")).attributes);

await printTree(con, "");

// Names of datasets, one level or all.
for await (const name of con.datasets({ prefix: "scans/tuesday" })) console.log(name);
const all = [];
for await (const name of con.datasets({ recursive: true })) all.push(name);
console.log(`${all.length} datasets; scans/friday: ${await con.hasDataset("scans/friday")}`);

// A group goes with everything below it.
await con.deleteGroup("scans/tuesday");
await con.deleteDataset("scans/monday/after");
await printTree(con, "scans");

async function printTree(con: Connection, path: string, indent = ""): Promise<void> {
	const group = await con.group(path);
	for await (const { name, kind } of group.members()) {
		const last = name.slice(name.lastIndexOf("/") + 1);
		console.log(`${indent}${last}${kind === "group" ? "/" : `  ${await con.getDataset(name)}`}`);
		if (kind === "group") await printTree(con, name, `${indent}  `);
	}
}
