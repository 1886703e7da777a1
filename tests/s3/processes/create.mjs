// Creates a dataset named as told, once anything comes in, and prints whether it was there already. Arguments: target, dataset, endpoint, attribute.
import { once } from "node:events";
import { connect } from "tesserae";

const [target, name, endpoint, attribute] = process.argv.slice(2);
const con = await connect(target, { endpoint });
await con.hasDataset(name);
await con.probe();
process.stdout.write("ready\n");
await once(process.stdin, "data");
try {
	await con.createDataset(name, { shape: [1], dtype: "int8", attributes: { attribute } });
	process.stdout.write("created\n");
} catch (error) {
	process.stdout.write(`${error.code}\n`);
}
await con.close();
process.stdin.destroy();
