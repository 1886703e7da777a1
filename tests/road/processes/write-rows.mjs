// Writes rows of the dataset "a", one element at a time, several rows at once. Arguments: target, first row, rows, elements.
// Begins when anything comes in, so that several of these begin together.
import { once } from "node:events";
import { connect } from "tesserae";

const [target, first, rows, count] = process.argv.slice(2).map((text, i) => (i === 0 ? text : Number(text)));
const con = await connect(target, { durability: "none" });
const ds = await con.getDataset("a");
process.stdout.write("ready\n");
await once(process.stdin, "data");

async function writeRow(row) {
	for (let i = 0; i < count; i++) await ds.set([row, i], row * count + i + 1);
}

await Promise.all(Array.from({ length: rows }, (_, i) => writeRow(first + i)));
await con.close();
process.stdin.destroy();
