// Eight writers that each set their own element of one chunk, again and again, and look whether it is kept.
// Arguments: file, dataset, first element, number of sets.
import { connect } from "tesserae";

const [path, name, first, times] = process.argv.slice(2);
const con = await connect(`sqlite:${path}`, { durability: "none" });
const ds = await con.getDataset(name);
const write = async (element) => {
	for (let value = 1; value <= Number(times); value++) {
		await ds.set([element], value);
		const kept = await ds.at(element);
		if (kept !== value) throw new Error(`element ${element} is ${kept}, not ${value}`);
	}
};
await Promise.all(Array.from({ length: 8 }, (_, n) => write(Number(first) + n)));
await con.close();
