/** One axis that is divided into chunks of different lengths (zarr-extensions, chunk grid `rectilinear`). */

/** Length of one chunk, or of several in a row: `[length, count]`. */
export type EdgeEntry = number | readonly [length: number, count: number];

/** Lengths of the chunks along one axis: one for all, or a list. */
export type AxisLengths = number | readonly EdgeEntry[];

/** Chunks of one length in a row. There may be more of them than memory could list, so they are never listed. */
export interface EdgeRun {
	readonly length: number;
	/** Index of its first element. */
	readonly start: number;
	/** Number of its first chunk. */
	readonly first: number;
}

/** The lengths of the chunks along one axis. */
export interface Edges {
	/** As the metadata has them. */
	readonly entries: readonly EdgeEntry[];
	/** In ascending order, up to the largest index there can be; the last one has no end. */
	readonly runs: readonly EdgeRun[];
	/** Elements that the chunks cover together; infinite beyond 2^53. */
	readonly total: number;
}

/** @param entries positive whole numbers */
export function edgesOf(entries: readonly EdgeEntry[]): Edges {
	const runs: EdgeRun[] = [];
	let [total, chunks] = [0, 0];
	for (const entry of entries) {
		const [length, count] = typeof entry === "number" ? [entry, 1] : entry;
		if (runs.at(-1)?.length !== length) runs.push({ length, start: total, first: chunks });
		total += length * count;
		chunks += count;
		// No array reaches further, and numbers would not be exact there.
		if (total > Number.MAX_SAFE_INTEGER) return { entries, runs, total: Number.POSITIVE_INFINITY };
	}
	return { entries, runs, total };
}

/** The last run whose `member`, `start` or `first`, is not beyond `value`. */
export function runAt(runs: readonly EdgeRun[], member: "start" | "first", value: number): number {
	let [low, high] = [0, runs.length - 1];
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if ((runs[middle] as EdgeRun)[member] <= value) low = middle;
		else high = middle - 1;
	}
	return low;
}

/** So many elements more: by chunks of the last length. Where there is none, by one chunk. */
export function extended({ entries, total }: Edges, length: number): readonly EdgeEntry[] {
	const missing = length - total;
	if (missing <= 0) return entries;
	const last = entries.at(-1);
	if (last === undefined) return [missing];
	const [edge, count] = typeof last === "number" ? [last, 1] : last;
	const [added, kept] = [Math.ceil(missing / edge), entries.slice(0, -1)];
	return [...kept, [edge, count + added]];
}

/** Lengths as entries, equal ones in a row as one. */
export function compact(entries: readonly EdgeEntry[]): EdgeEntry[] {
	const runs: [length: number, count: number][] = [];
	for (const entry of entries) {
		const [length, count] = typeof entry === "number" ? [entry, 1] : entry;
		const last = runs.at(-1);
		if (last?.[0] === length) last[1] += count;
		else runs.push([length, count]);
	}
	return runs.map(([length, count]) => (count === 1 ? length : [length, count]));
}
