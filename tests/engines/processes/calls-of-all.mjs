/** Promises of datasets about calls that all ranks make. In the others every rank would write for itself, and they would race. */
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

/** @param clause the sentence of a promise */
export function isOfAll(clause) {
	return OF_ALL.some((begin) => clause.startsWith(begin));
}
