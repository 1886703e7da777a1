/** float32 values in row-major order: what `get` returns, what a kernel is given, and plain objects. */
export interface Volume {
	readonly data: Float32Array;
	readonly shape: readonly number[];
}
