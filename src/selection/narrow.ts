import type { AxisSelection } from "./plan.js";
import { type NormalSelection, type SelectionEntry, slice } from "./selection.js";

/** The axes of a selection, narrowed to what lands in a box of its result. */
export function narrowSelection(
	{ axes, resultAxis }: NormalSelection,
	origin: readonly number[],
	shape: readonly number[],
): AxisSelection[] {
	return axes.map((axis, d) => {
		const r = resultAxis[d] as number;
		return r < 0 ? axis : narrow(axis, origin[r] as number, shape[r] as number);
	});
}

function narrow(axis: AxisSelection, from: number, count: number): AxisSelection {
	if (axis.kind === "list") return { kind: "list", indices: axis.indices.subarray(from, from + count) };
	return { ...axis, start: axis.start + from * axis.step, count };
}

/** The same as a user would write it. */
export function selectionEntry(axis: AxisSelection): SelectionEntry {
	if (axis.kind === "list") return Array.from(axis.indices);
	const { start, step, count } = axis;
	const stop = start + (count - 1) * step + Math.sign(step);
	return count === 0 ? slice(0) : slice(start, stop < 0 ? null : stop, step);
}
