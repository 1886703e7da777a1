import type { AxisSelection } from "../selection/plan.js";

/** What lies beyond the array's border, as in scipy.ndimage: `d c b a | a b c d | d c b a` is `reflect`. */
export type Boundary = "reflect" | "mirror" | "nearest" | "wrap" | "constant";

export const BOUNDARIES: readonly Boundary[] = ["reflect", "mirror", "nearest", "wrap", "constant"];

/** One axis of a block with halo: what to read, and at which position of the block it begins. */
export interface HaloAxis {
	readonly selection: AxisSelection;
	readonly at: number;
}

/**
 * The elements `start - halo … start + count + halo` of an axis. Within the array they are a range; at its border an index list that
 * the boundary makes, or for `constant` the part that exists.
 */
export function haloAxis(
	start: number,
	count: number,
	halo: number,
	border: { length: number; boundary: Boundary },
): HaloAxis {
	const { length, boundary } = border;
	const first = start - halo;
	const total = count + 2 * halo;
	if (first >= 0 && first + total <= length)
		return { selection: { kind: "range", start: first, step: 1, count: total }, at: 0 };
	if (boundary === "constant") {
		const begin = Math.max(0, first);
		const end = Math.min(length, first + total);
		return { selection: { kind: "range", start: begin, step: 1, count: end - begin }, at: begin - first };
	}
	const indices = Float64Array.from({ length: total }, (_, i) => inside(first + i, length, boundary));
	return { selection: { kind: "list", indices }, at: 0 };
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
