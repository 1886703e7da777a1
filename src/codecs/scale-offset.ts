import { isStoreError, StoreError } from "../errors.js";
import type { DataType, TypedArray } from "../format/data-types.js";
import type { ChunkSpec, CodecFactory, Configuration } from "./codec.js";
import { checkMembers } from "./configuration.js";
import { corrupt } from "./corrupt.js";
import { type Transformation, valuesCodec } from "./numcodecs/values-codec.js";
import { type FloatType, type IntegerType, realType, roundingTo } from "./real-numbers.js";
import { scalarSetting } from "./scalar-settings.js";

const NAME = "scale_offset";

/** `(x − offset) · scale` in the arithmetic of the data type (zarr-extensions, codec `scale_offset`). */
export const scaleOffset: CodecFactory = {
	name: NAME,
	kind: "array-to-array",
	parse(configuration, spec) {
		checkMembers(NAME, configuration, ["offset", "scale"]);
		const { dtype } = spec;
		const real = realType(dtype);
		if (real === undefined)
			throw new StoreError("INVALID_ARGUMENT", `codec ${NAME} computes with integers and floats, not ${dtype.name}`);
		const [offset, scale] = [setting(configuration, "offset", dtype, 0), setting(configuration, "scale", dtype, 1)];
		if (Number(scale) === 0) throw invalid(`scale must not be 0 as ${dtype.name}: nothing could be read back`);
		if (Number(offset) === 0 && Number(scale) === 1) return valuesCodec(NAME, spec, spec, UNCHANGED);
		const change = arithmetic(real, offset, scale);
		const transformation: Transformation = {
			encode: (values) => each(values, dtype, change.encode),
			decode: (values) => each(values, dtype, change.decode),
		};
		return valuesCodec(NAME, spec, { ...spec, fill: scaledFill(spec, transformation) }, transformation);
	},
};

/** Not even the sign of a zero. */
const UNCHANGED: Transformation = { encode: (values) => values, decode: (values) => values };

function invalid(reason: string, cause?: unknown): StoreError {
	return new StoreError("INVALID_ARGUMENT", `codec ${NAME}: ${reason}`, { cause });
}

type Scalar = number | bigint;

function setting(configuration: Configuration, member: string, dtype: DataType, otherwise: number): Scalar {
	// What is left out changes nothing, and need not be a value of the type: one has no zero.
	if (configuration[member] === undefined && dtype.kind === "f") return otherwise;
	const scalar = scalarSetting(NAME, member, configuration[member] ?? otherwise, dtype);
	if (typeof scalar === "bigint" || Number.isFinite(scalar)) return scalar;
	throw invalid(`${member} must be a finite ${dtype.name}, not ${JSON.stringify(configuration[member])}`);
}

function scaledFill({ fill, dtype }: ChunkSpec, { encode }: Transformation): TypedArray {
	try {
		return encode(fill as TypedArray);
	} catch (error) {
		if (!isStoreError(error)) throw error;
		throw invalid(`the fill value ${fill[0]} leaves ${dtype.name} with these settings: choose another`, error);
	}
}

interface Change {
	readonly encode: (value: never) => Scalar;
	readonly decode: (value: never) => Scalar;
}

function each(values: TypedArray, { Array: Values }: DataType, change: (value: never) => Scalar): TypedArray {
	const result = new Values(values.length) as Float64Array;
	for (let i = 0; i < values.length; i++) result[i] = change(values[i] as never) as number;
	return result;
}

function arithmetic(type: IntegerType | FloatType, offset: Scalar, scale: Scalar): Change {
	if (type.kind === "float") return floats(type, offset as number, scale as number);
	return type.isBig
		? longs(type, offset as bigint, scale as bigint)
		: integers(type, offset as number, scale as number);
}

function beyond(value: Scalar, { name }: IntegerType | FloatType): StoreError {
	return invalid(`with these settings ${value} leaves ${name}: choose others, or a wider type before`);
}

function unreadable(value: Scalar, { name }: IntegerType | FloatType): StoreError {
	return corrupt(NAME, `with these settings the stored ${value} gives no ${name}`);
}

/** Every step is exact, and stays within the type. */
function integers(type: IntegerType, offset: number, scale: number): Change {
	const [least, most] = [Number(type.least), Number(type.most)];
	return {
		encode(value: number) {
			const moved = value - offset;
			const scaled = moved * scale;
			if (moved < least || moved > most || scaled < least || scaled > most) throw beyond(value, type);
			return scaled;
		},
		decode(value: number) {
			const divided = value / scale;
			const restored = divided + offset;
			const isWithin = divided >= least && divided <= most && restored >= least && restored <= most;
			if (!isWithin || !Number.isInteger(divided)) throw unreadable(value, type);
			return restored;
		},
	};
}

function longs(type: IntegerType, offset: bigint, scale: bigint): Change {
	const { least, most } = type;
	return {
		encode(value: bigint) {
			const moved = value - offset;
			const scaled = moved * scale;
			if (moved < least || moved > most || scaled < least || scaled > most) throw beyond(value, type);
			return scaled;
		},
		decode(value: bigint) {
			const divided = value / scale;
			const restored = divided + offset;
			const isWithin = divided >= least && divided <= most && restored >= least && restored <= most;
			if (!isWithin || divided * scale !== value) throw unreadable(value, type);
			return restored;
		},
	};
}

/**
 * Every step is rounded to the type. A finite number that becomes infinite is lost, so that it is not stored; what others stored so reads
 * as the arithmetic has it.
 */
function floats(type: FloatType, offset: number, scale: number): Change {
	const { least, most, infinity, negativeZero } = type;
	const round = roundingTo(type, "nearest-even");
	const isWithin = (value: number): boolean => value >= least && value <= most;
	// Where there is no zero, nothing comes back from below the least value.
	const isLost = (value: number): boolean => least > 0 && value < least;
	const zero = negativeZero ? (value: number): number => value : (value: number): number => (value === 0 ? 0 : value);
	return {
		encode(value: number) {
			const scaled = round(round(value - offset) * scale);
			if (!isWithin(scaled) && isWithin(value)) throw beyond(value, type);
			return zero(scaled);
		},
		decode(value: number) {
			const divided = round(value / scale);
			const restored = round(divided + offset);
			if (isLost(divided)) throw unreadable(value, type);
			if (isWithin(restored) || Number.isNaN(restored)) return zero(restored);
			if (!infinity) throw unreadable(value, type);
			return restored < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
		},
	};
}
