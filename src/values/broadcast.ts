import { StoreError } from "../errors.js";
import { list } from "./describe.js";
import type { View } from "./view.js";

/**
 * The view repeated to `shape` as NumPy broadcasts: axes are matched from the last one backwards, and an axis of length 1, or one that is
 * missing in front, is repeated by a stride of 0. As where NumPy assigns, axes of length 1 too many in front are dropped.
 * @throws StoreError INVALID_ARGUMENT naming both shapes
 */
export function broadcastTo(view: View, shape: readonly number[]): View {
	const missing = shape.length - view.shape.length;
	const fits = view.shape.every((length, d) => length === 1 || length === shape[d + missing]);
	if (!fits)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`values of shape ${list(view.shape)} do not broadcast to the selected shape ${list(shape)}: ` +
				"from the last axis backwards, each length must be the same, or 1, or missing in front",
		);
	const stride = shape.map((_, d) => (view.shape[d - missing] === 1 ? 0 : (view.stride[d - missing] ?? 0)));
	return { data: view.data, shape: [...shape], stride, offset: view.offset };
}
