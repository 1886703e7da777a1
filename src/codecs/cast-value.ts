import { isStoreError, StoreError } from "../errors.js";
import { parseDataType } from "../format/data-type-metadata.js";
import type { DataType, TypedArray } from "../format/data-types.js";
import { isObject } from "../format/extension-point.js";
import type { Json } from "../format/json.js";
import { type Cast, castValues, type OutOfRange, type Scalar } from "./cast-value/cast.js";
import type { ChunkSpec, CodecFactory, Configuration } from "./codec.js";
import { checkMembers, choiceMember, invalidMember } from "./configuration.js";
import { corrupt } from "./corrupt.js";
import { valuesCodec } from "./numcodecs/values-codec.js";
import { type FloatType, type IntegerType, ROUNDINGS, realType } from "./real-numbers.js";
import { scalarSetting } from "./scalar-settings.js";

const NAME = "cast_value";

/** Numbers stored as another type of numbers, by rules that leave nothing undefined (zarr-extensions, codec `cast_value`). */
export const castValue: CodecFactory = {
	name: NAME,
	kind: "array-to-array",
	parse(configuration, spec) {
		checkMembers(NAME, configuration, ["data_type", "rounding", "out_of_range", "scalar_map"]);
		const target = targetOf(configuration);
		const [from, to] = [realOf(configuration, spec.dtype), realOf(configuration, target)];
		const rounding = choiceMember(NAME, { rounding: "nearest-even", ...configuration }, "rounding", ROUNDINGS);
		const outOfRange = outOfRangeOf(configuration, to);
		const maps = mapsOf(configuration, spec.dtype, target);
		const shared = { rounding, outOfRange };
		const encode = castValues({
			...shared,
			from,
			to,
			Result: target.Array,
			map: maps.encode,
			refuse: refusal(from, to),
		});
		const decode = castValues({
			...shared,
			from: to,
			to: from,
			Result: spec.dtype.Array,
			map: maps.decode,
			refuse: (value) => corrupt(NAME, `the stored ${value} is no value of ${from.name}`),
		});
		const fill = castFill(spec, encode, decode);
		return valuesCodec(NAME, spec, { ...spec, dtype: target, fill }, { encode, decode });
	},
};

function refusal(from: IntegerType | FloatType, to: IntegerType | FloatType): Cast["refuse"] {
	return (value) =>
		new StoreError(
			"INVALID_ARGUMENT",
			`codec ${NAME}: the ${from.name} ${value} does not fit ${to.name}: choose by out_of_range or scalar_map what it becomes`,
		);
}

function targetOf(configuration: Configuration): DataType {
	const { data_type: type } = configuration;
	if (typeof type !== "string" && !isObject(type as Json | undefined))
		throw invalidMember(NAME, configuration, "data_type", 'a data type such as "uint8"');
	try {
		return parseDataType(type as Json);
	} catch (error) {
		if (!isStoreError(error)) throw error;
		throw new StoreError("INVALID_ARGUMENT", `codec ${NAME}: data_type: ${error.message}`, { cause: error });
	}
}

function realOf(configuration: Configuration, dtype: DataType): IntegerType | FloatType {
	const real = realType(dtype);
	if (real !== undefined) return real;
	throw invalidMember(NAME, configuration, "data_type", `between integers and floats, which ${dtype.name} is not`);
}

function outOfRangeOf(configuration: Configuration, to: IntegerType | FloatType): OutOfRange {
	if (configuration.out_of_range === undefined) return undefined;
	const choice = choiceMember(NAME, configuration, "out_of_range", ["clamp", "wrap"]);
	if (choice === "clamp" || to.kind === "integer") return choice;
	throw invalidMember(NAME, configuration, "out_of_range", `"clamp" where data_type is no integer type`);
}

type ScalarMap = ReadonlyMap<Scalar, Scalar>;

function mapsOf(
	configuration: Configuration,
	plain: DataType,
	stored: DataType,
): { encode: ScalarMap; decode: ScalarMap } {
	const { scalar_map: maps = {} } = configuration;
	if (!isObject(maps as Json))
		throw invalidMember(NAME, configuration, "scalar_map", '{ "encode": […], "decode": […] }');
	const { encode = [], decode = [], ...others } = maps as { readonly [member: string]: unknown };
	const [other] = Object.keys(others);
	if (other !== undefined)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`codec ${NAME}: scalar_map has encode and decode, no ${JSON.stringify(other)}`,
		);
	return {
		encode: mapOf("scalar_map.encode", encode, [plain, stored]),
		decode: mapOf("scalar_map.decode", decode, [stored, plain]),
	};
}

/** Of keys that are repeated the first counts. NaNs are one key, and so are both zeros. */
function mapOf(member: string, pairs: unknown, [from, to]: readonly [DataType, DataType]): ScalarMap {
	const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2;
	if (!Array.isArray(pairs) || !pairs.every(isPair))
		throw new StoreError("INVALID_ARGUMENT", `codec ${NAME}: ${member} must be a list of pairs [value, value]`);
	const map = new Map<Scalar, Scalar>();
	for (const [key, value] of pairs as readonly (readonly [unknown, unknown])[]) {
		const scalar = scalarSetting(NAME, member, key, from);
		const becomes = scalarSetting(NAME, member, value, to);
		if (!map.has(scalar)) map.set(scalar, becomes);
	}
	return map;
}

type Convert = (values: TypedArray) => TypedArray;

/** The fill value is cast as values are, and must come back, so that what is not stored reads the same. */
function castFill({ fill, dtype }: ChunkSpec, encode: Convert, decode: Convert): TypedArray {
	const fail = (reason: string, cause?: unknown): StoreError =>
		new StoreError("INVALID_ARGUMENT", `codec ${NAME}: the fill value ${fill[0]} of ${dtype.name} ${reason}`, {
			cause,
		});
	const [stored, back] = thereAndBack();
	if (back === fill[0] || (Number.isNaN(back) && Number.isNaN(fill[0]))) return stored;
	throw fail(`becomes ${stored[0]}, and that becomes ${back}: choose another one, or map it by scalar_map`);

	function thereAndBack(): [stored: TypedArray, back: Scalar | undefined] {
		try {
			const there = encode(fill as TypedArray);
			return [there, decode(there)[0]];
		} catch (error) {
			if (!isStoreError(error)) throw error;
			throw fail(`cannot be cast both ways: ${error.message}`, error);
		}
	}
}
