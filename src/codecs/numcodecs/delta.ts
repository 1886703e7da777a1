import type { DataType, TypedArray } from "../../format/data-types.js";
import type { CodecFactory } from "../codec.js";
import { checkMembers, invalidMember } from "../configuration.js";
import { convert, converts } from "./convert.js";
import { checkTypeMember, typeMember, withType } from "./settings.js";
import { valuesCodec } from "./values-codec.js";

/** Each value as its difference from the one before (numcodecs, `delta`). Integers wrap; floats round, so that they come back nearly. */
export const delta: CodecFactory = {
	name: "numcodecs.delta",
	kind: "array-to-array",
	parse(configuration, spec) {
		const given = { name: "numcodecs.delta", configuration };
		checkMembers(given.name, configuration, ["dtype", "astype"]);
		const { dtype } = spec;
		if (dtype.kind === "b" || dtype.kind === "V")
			throw invalidMember(given.name, configuration, "dtype", `a type of numbers; the chunks are ${dtype.name}`);
		checkTypeMember(given, "dtype", dtype);
		const stored = typeMember(given, "astype", dtype);
		if (!converts(dtype, stored))
			throw invalidMember(given.name, configuration, "astype", `a type that ${dtype.name} converts to`);
		return valuesCodec(given.name, spec, withType(spec, stored), {
			encode: (values) => convert(differences(values, dtype), dtype, stored),
			decode: (values) => sums(convert(values, stored, dtype), dtype),
		});
	},
};

function differences(values: TypedArray, dtype: DataType): TypedArray {
	const { components, Array: Values } = dtype;
	const result = new Values(values.length);
	const put = putter(result, dtype);
	for (let i = 0; i < values.length; i++) {
		const value = values[i] as number;
		put(i, i < components ? value : value - (values[i - components] as number));
	}
	return result;
}

function sums(values: TypedArray, dtype: DataType): TypedArray {
	const { components, Array: Values } = dtype;
	const result = new Values(values.length);
	const put = putter(result, dtype);
	for (let i = 0; i < values.length; i++) {
		const value = values[i] as number;
		put(i, i < components ? value : value + (result[i - components] as number));
	}
	return result;
}

/** The typed array wraps or rounds what is put into it, but for floats smaller than float32, as which they are presented. Bigints are taken as well. */
function putter(result: TypedArray, { float, storage }: DataType): (i: number, value: number) => void {
	if (float !== undefined && storage !== undefined)
		return (i, value) => {
			result[i] = float.round(value);
		};
	return (i, value) => {
		result[i] = value;
	};
}
