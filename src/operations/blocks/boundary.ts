import type { AxisSelection } from "../../selection/plan.js";

/** What lies beyond the array's border, as in scipy.ndimage: `d c b a | a b c d | d c b a` is `reflect`. */
export type Boundary = "reflect" | "mirror" | "nearest" | "wrap" | "constant";

export const BOUNDARIES: readonly Boundary[] = ["reflect", "mirror", "nearest", "wrap", "constant"];

/** A part of a block with halo along one axis: what to read, and at which position of the block it begins. */
export interface HaloPart {
	readonly selection: AxisSelection;
	readonly at: number;
}

/**
 * The elements `start - halo … start + count + halo` of an axis: a range of what lies within the array, and before and after it the indices that the
 * boundary makes of what lies beyond. For `constant` only what exists.
 */
export function haloParts(
	start: number,
	count: number,
	halo: number,
	border: { length: number; boundary: Boundary },
): HaloPart[] {
	const { length, boundary } = border;
	const [first, end] = [start - halo, start + count + halo];
	const within = { start: Math.max(0, first), end: Math.min(length, end) };
	const parts: HaloPart[] = [
		{
			selection: { kind: "range", start: within.start, step: 1, count: within.end - within.start },
			at: within.start - first,
		},
	];
	if (boundary === "constant") return parts;
	for (const [from, to] of [
		[first, within.start],
		[within.end, end],
	] as const) {
		if (from >= to) continue;
		const indices = Float64Array.from({ length: to - from }, (_, i) => inside(from + i, length, boundary));
		parts.push({ selection: { kind: "list", indices }, at: from - first });
	}
	return parts;
}

/** The index within `0 … length - 1` whose value an index beyond the border takes. */
function inside(index: number, length: number, boundary: Exclude<Boundary, "constant">): number {
	if (boundary === "nearest") return Math.min(Math.max(index, 0), length - 1);
	if (boundary === "wrap") return modulo(index, length);
	if (boundary === "reflect") {
		const folded = modulo(index, 2 * length);
		return folded < length ? folded : 2 * length - 1 - folded;
	}
	if (length === 1) return 0;
	const folded = modulo(index, 2 * (length - 1));
	return folded < length ? folded : 2 * (length - 1) - folded;
}

function modulo(a: number, n: number): number {
	return ((a % n) + n) % n;
}
