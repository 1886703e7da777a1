import type { Bench } from "./bench.js";
import { type Contestant, race } from "./measure.js";
import type { Row } from "./results.js";

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
	/** Turns that do not count, where the usual number is wasted. */
	readonly warmUp?: number | undefined;
}

/** Runs a contest; comparisons with a contestant who is not there are left out. */
export async function hold({ rounds, results }: Bench, contest: Contest): Promise<void> {
	const { name, contestants, comparisons, warmUp } = contest;
	const medians = await race(contestants, rounds, warmUp);
	for (const { ours, other, atLeast } of comparisons) {
		const [mine, theirs] = [medians.get(ours), medians.get(other)];
		if (mine === undefined || theirs === undefined) continue;
		const ratio = theirs.wall / mine.wall;
		results.rows.push({
			name: `${name}: ${ours}`,
			ours: withUnit(mine.wall, "ms"),
			other: `${other}: ${withUnit(theirs.wall, "ms")}`,
			ratio,
			cpuRatio: theirs.cpu / mine.cpu,
			goal: atLeast === undefined ? undefined : `≥ ${Number(atLeast.toPrecision(2))} ×`,
			met: atLeast === undefined ? undefined : ratio >= atLeast,
		});
	}
}

/**
 * A row of one figure.
 * @param limit `most` is the goal; left out for information
 */
export function limited(
	name: string,
	figure: number,
	limit: { readonly most?: number | undefined; readonly unit: string },
): Row {
	const { most, unit } = limit;
	return {
		name,
		ours: withUnit(figure, unit),
		other: undefined,
		ratio: undefined,
		cpuRatio: undefined,
		goal: most === undefined ? undefined : `≤ ${most} ${unit}`,
		met: most === undefined ? undefined : figure <= most,
	};
}

function withUnit(figure: number, unit: string): string {
	return `${Number(figure.toPrecision(3))} ${unit}`;
}
