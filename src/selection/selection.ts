import type { AxisSelection } from "./plan.js";

/** A selection that was checked against a shape. */
export interface NormalSelection {
	/** One per axis of the array. */
	readonly axes: readonly AxisSelection[];
	/** Shape of the result: integers drop their axis, `newaxis` adds one of length 1. */
	readonly shape: readonly number[];
	/** For each axis of the array the axis of the result it lands on; -1 where it is dropped. */
	readonly resultAxis: readonly number[];
}
