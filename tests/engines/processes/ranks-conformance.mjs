// The promises of datasets, kept by all ranks together: those of calls that all make. In the others every rank would write for itself, and they
// would race. Prints a line of JSON per promise that is not kept, and how many are.
import { connect } from "tesserae";
import { datasetConformance } from "tesserae/conformance";

const OF_ALL = [
	...[
		"a dataset says",
		"hasDataset",
		"every selection",
		"after clear",
		"map makes",
		"apply changes",
		"unaligned slabs",
	],
	...["a missing dataset", "a dataset is opened", "what a closed", "names are exact", "datasets lists", "groups have"],
	...[
		"a group is created",
		"a missing group",
		"attributes of",
		"ifExists",
		"what cannot be written",
		"nothing of a deleted",
	],
	...["every codec", "what a shrinking", "resize to nothing", "a shape that is none", "load fills", "load copies"],
	...[
		"map sees its halo",
		"an axis of length one",
		"map may change",
		"a kernel sees",
		"a kernel knows",
		"what is not stored",
	],
	...[
		"apply with a halo",
		"apply leaves",
		"a kernel that fails",
		"map refuses",
		"the border of",
		"min, max, sum",
		"along axes",
	],
	...[
		"integer sums",
		"NaN propagates",
		"a sum of floats",
		"of no values",
		"a histogram",
		"reduce combines",
		"a kernel of reduce",
	],
	...["a reduction", "chunks walks", "blocks are", "keys and bytes"],
];

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
		if (OF_ALL.some((begin) => name.startsWith(begin))) clauses.push({ name, body });
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
