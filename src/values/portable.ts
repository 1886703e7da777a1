import { isNdArray } from "../selection/selection.js";
import { type NdArray, ndArray } from "./nd-array.js";

/** A value as it travels to another process: an ndarray in its parts, for copies of it have no methods. */
export type Portable =
	| { readonly value: unknown }
	| { readonly array: Pick<NdArray, "data" | "shape" | "stride" | "offset"> };

export function portable(value: unknown): Portable {
	if (!isNdArray(value)) return { value };
	const { data, shape, stride, offset } = value as NdArray;
	return { array: { data, shape: [...shape], stride: [...stride], offset } };
}

export function fromPortable(portable: Portable): unknown {
	if ("value" in portable) return portable.value;
	const { data, shape, stride, offset } = portable.array;
	return ndArray(data as never, shape, stride, offset);
}
