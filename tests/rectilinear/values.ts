/** What the tests of rectilinear grids share. */
import { randomUUID } from "node:crypto";

export const fresh = (): string => randomUUID();

/** 1, 2, 3, … */
export function counting(shape: readonly number[]): { readonly data: Int32Array; readonly shape: readonly number[] } {
	const size = shape.reduce((product, length) => product * length, 1);
	return { data: Int32Array.from({ length: size }, (_, i) => i + 1), shape };
}
