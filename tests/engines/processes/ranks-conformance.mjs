// The promises of datasets, kept by all ranks together. Prints a line of JSON per promise that is not kept, and how many are.
import { connect } from "tesserae";
import { datasetConformance } from "tesserae/conformance";
import { isOfAll } from "./calls-of-all.mjs";

const [place] = process.argv.slice(2);
const main = await connect(`${place}-all`, { engine: "ranks" });
const clauses = [];
const targets = new WeakMap();
const open = async (target) => {
	const con = await connect(target, { engine: "ranks", durability: "none" });
	targets.set(con, target);
	return con;
};
datasetConformance(
	(name, body) => {
		if (isOfAll(name)) clauses.push({ name, body });
	},
	() => open(`${place}-${n}`),
	{ reopen: (closed) => open(targets.get(closed)) },
);
let n = 0;
for (const { name, body } of clauses) {
	n++;
	const error = await body().then(() => undefined, String);
	if (error !== undefined) console.log(JSON.stringify({ rank: main.rank, name, error }));
	// Where one is apart from the others there is no way to go on.
	if ((await main.gather(error))?.some((failed) => failed !== undefined)) break;
}
console.log(JSON.stringify({ rank: main.rank, kept: n }));
await main.close();
