import type { TypedArray } from "../../format/data-types.js";
import { wholeRegion } from "../../selection/plan.js";
import { gather, rowMajorStrides } from "../../selection/region.js";
import type { ArrayToArrayCodec, ChunkData, ChunkSpec } from "../codec.js";

/** What a codec does to the values of a chunk, one after the other in row-major order. Input is never changed. */
export interface Transformation {
	encode(values: TypedArray): TypedArray;
	decode(values: TypedArray): TypedArray;
}

/** The codec that transforms whole chunks of `spec` into chunks of `encodedSpec`. */
export function valuesCodec(
	name: string,
	spec: ChunkSpec,
	encodedSpec: ChunkSpec,
	{ encode, decode }: Transformation,
): ArrayToArrayCodec {
	return {
		kind: "array-to-array",
		name,
		encodedSpec,
		axes: undefined,
		encode: (chunk) => chunkOf(encodedSpec, encode(valuesOf(chunk, spec))),
		decode: (chunk) => chunkOf(spec, decode(valuesOf(chunk, encodedSpec))),
	};
}

function chunkOf({ shape, dtype }: ChunkSpec, data: TypedArray): ChunkData {
	return { data, shape, stride: rowMajorStrides(shape, dtype.components), offset: 0 };
}

/** The values of a chunk in row-major order: a view where they are so already. */
function valuesOf(chunk: ChunkData, { shape, dtype }: ChunkSpec): TypedArray {
	const { components, Array: Values } = dtype;
	const length = shape.reduce((product, size) => product * size, components);
	const stride = rowMajorStrides(shape, components);
	if (shape.every((size, d) => size === 1 || stride[d] === chunk.stride[d]))
		return (chunk.data as TypedArray).subarray(chunk.offset, chunk.offset + length);
	const data = new Values(length);
	gather(chunk, wholeRegion(shape), { data, stride, offset: 0 }, components);
	return data;
}
