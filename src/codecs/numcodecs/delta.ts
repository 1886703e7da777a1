import type { DataType, TypedArray } from "../../format/data-types.js";
import { roundToHalf } from "../../format/float16.js";
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

function differences(values: TypedArray, { components, name, Array: Values }: DataType): TypedArray {
	const result = new Values(values.length);
	const put = putter(result, name);
	for (let i = 0; i < values.length; i++) {
		const value = values[i] as number;
		put(i, i < components ? value : value - (values[i - components] as number));
	}
	return result;
}

function sums(values: TypedArray, { components, name, Array: Values }: DataType): TypedArray {
	const result = new Values(values.length);
	const put = putter(result, name);
	for (let i = 0; i < values.length; i++) {
		const value = values[i] as number;
		put(i, i < components ? value : value + (result[i - components] as number));
	}
	return result;
}

/** The typed array wraps or rounds what is put into it, but for float16, which is presented as float32. Bigints are taken as well. */
function putter(result: TypedArray, name: string): (i: number, value: number) => void {
	if (name === "float16")
		return (i, value) => {
			result[i] = roundToHalf(value);
		};
	return (i, value) => {
		result[i] = value;
	};
}
