import { permuted, unpermuted } from "./axes.js";
import type { ArrayToArrayCodec, ChunkSpec, CodecFactory, Configuration } from "./codec.js";
import { checkMembers, invalidMember } from "./configuration.js";

/** Reorders axes (core specification 3.1, codec `transpose`). Only shape and strides change; no value moves. */
export const transpose: CodecFactory = {
	name: "transpose",
	kind: "array-to-array",
	parse(configuration, spec): ArrayToArrayCodec {
		checkMembers("transpose", configuration, ["order"]);
		return transposeBy(orderOf(configuration, spec.shape.length), spec);
	},
};

function transposeBy(order: readonly number[], spec: ChunkSpec): ArrayToArrayCodec {
	return {
		kind: "array-to-array",
		name: "transpose",
		encodedSpec: { ...spec, shape: permuted(spec.shape, order) },
		axes: order,
		encode: ({ data, shape, stride, offset }) => ({
			data,
			shape: permuted(shape, order),
			stride: permuted(stride, order),
			offset,
		}),
		decode: ({ data, shape, stride, offset }) => ({
			data,
			shape: unpermuted(shape, order),
			stride: unpermuted(stride, order),
			offset,
		}),
	};
}

function orderOf(configuration: Configuration, ndim: number): number[] {
	const { order } = configuration;
	const axes = Array.from({ length: ndim }, (_, axis) => axis);
	if (Array.isArray(order) && order.length === ndim && axes.every((axis) => order.includes(axis))) return [...order];
	throw invalidMember("transpose", configuration, "order", `a permutation of [${axes.join(", ")}]`);
}
