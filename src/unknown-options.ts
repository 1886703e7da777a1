import { StoreError } from "./errors.js";

/** The names of all options of `O`; the compiler finds one that is missing here. */
export type OptionNames<O> = { readonly [name in keyof O]-?: true };

/**
 * Refuses options that there are not, which would be ignored otherwise: mostly they are misspelled.
 * @param of what takes the options, as the user calls it: `get`
 * @throws StoreError INVALID_ARGUMENT naming the option, the one that is most like it, and all there are
 */
export function refuseUnknown(options: object, names: { readonly [name: string]: true }, of: string): void {
	if (typeof options !== "object" || options === null)
		throw new StoreError("INVALID_ARGUMENT", `the options of ${of} are an object, not ${String(options)}`);
	const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
	if (unknown === undefined) return;
	const known = Object.keys(names);
	const nearest = nearestTo(unknown, known);
	const meant = nearest === undefined ? "" : ` (is ${nearest} meant?)`;
	throw new StoreError(
		"INVALID_ARGUMENT",
		`unknown option ${JSON.stringify(unknown)}${meant}: ${of} takes ${known.join(", ")}`,
	);
}

/** The most similar of `names`, if it is similar at all: a third of the letters may differ, whatever their case, or the rest be missing. */
export function nearestTo(name: string, names: readonly string[]): string | undefined {
	const ranked = names
		.map((candidate) => ({ candidate, edits: unlikeness(name.toLowerCase(), candidate.toLowerCase()) }))
		.sort((a, b) => a.edits - b.edits);
	const [best] = ranked;
	return best !== undefined && best.edits <= Math.max(1, name.length / 3) ? best.candidate : undefined;
}

function unlikeness(name: string, candidate: string): number {
	const isShort = name.length >= 3 && candidate.startsWith(name);
	return isShort ? 1 : editDistance(name, candidate);
}

/** Letters to be put in, left out or replaced until `a` is `b` (Levenshtein). */
function editDistance(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) {
			const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
			next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
		}
		row = next;
	}
	return row[b.length] as number;
}
