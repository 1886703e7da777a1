// Writes rows of a dataset, one element at a time, several rows at once. Arguments: target, dataset, endpoint, first row, rows, elements.
// Begins when anything comes in, so that several of these begin together. Credentials come from the environment.
import { once } from "node:events";
import { connect } from "tesserae";

const [target, name, endpoint, ...numbers] = process.argv.slice(2);
const [first, rows, count] = numbers.map(Number);
const con = await connect(target, { endpoint });
const ds = await con.getDataset(name);
process.stdout.write("ready\n");
await once(process.stdin, "data");

async function writeRow(row) {
	for (let i = 0; i < count; i++) await ds.set([row, i], row * count + i + 1);
}

await Promise.all(Array.from({ length: rows }, (_, i) => writeRow(first + i)));
await con.close();
process.stdin.destroy();
