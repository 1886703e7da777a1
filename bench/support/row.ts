import { type Contestant, race } from "./measure.js";

/** One line of the result: a figure of ours beside a peer's or a limit. */
export interface Row {
	readonly name: string;
	/** With its unit. */
	readonly ours: string;
	/** Who or what it is held against, with the figure; undefined where a goal is absolute. */
	readonly other: string | undefined;
	/** How many times as fast as the other we are. */
	readonly ratio: number | undefined;
	/** The same by processor time. */
	readonly cpuRatio: number | undefined;
	/** In words; undefined where the row is for information. */
	readonly goal: string | undefined;
	readonly met: boolean | undefined;
}

/** What could not be measured, and why. */
export interface Omission {
	readonly name: string;
	readonly reason: string;
}

export interface Results {
	readonly rows: Row[];
	readonly omissions: Omission[];
}

/** Holds one contestant against another. */
export interface Comparison {
	readonly ours: string;
	readonly other: string;
	/** How many times as fast as the other we want to be at least; left out for information. */
	readonly atLeast?: number | undefined;
}

export interface Contest {
	readonly name: string;
	readonly contestants: readonly Contestant[];
	readonly comparisons: readonly Comparison[];
}

/** Runs a contest; comparisons with a contestant who is not there are left out. */
export async function hold({ name, contestants, comparisons }: Contest, rounds: number): Promise<Row[]> {
	const medians = await race(contestants, rounds);
	return comparisons.flatMap(({ ours, other, atLeast }): Row[] => {
		const [mine, theirs] = [medians.get(ours), medians.get(other)];
		if (mine === undefined || theirs === undefined) return [];
		const ratio = theirs.wall / mine.wall;
		return [
			{
				name: `${name}: ${ours}`,
				ours: milliseconds(mine.wall),
				other: `${other}: ${milliseconds(theirs.wall)}`,
				ratio,
				cpuRatio: theirs.cpu / mine.cpu,
				goal: atLeast === undefined ? undefined : `≥ ${Number(atLeast.toPrecision(2))} ×`,
				met: atLeast === undefined ? undefined : ratio >= atLeast,
			},
		];
	});
}

/** A row that is held against a fixed limit. */
export function limited(name: string, figure: number, limit: { readonly most: number; readonly unit: string }): Row {
	return {
		name,
		ours: `${Number(figure.toPrecision(3))} ${limit.unit}`,
		other: undefined,
		ratio: undefined,
		cpuRatio: undefined,
		goal: `≤ ${limit.most} ${limit.unit}`,
		met: figure <= limit.most,
	};
}

function milliseconds(ms: number): string {
	return `${Number(ms.toPrecision(3))} ms`;
}
