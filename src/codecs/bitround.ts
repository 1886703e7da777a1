import { StoreError } from "../errors.js";
import type { DataType, TypedArray } from "../format/data-types.js";
import { type RoundValues, roundFloats, roundHalves, roundIntegers, roundLongs } from "./bitround/round-bits.js";
import type { CodecFactory } from "./codec.js";
import { checkMembers, integerMember } from "./configuration.js";
import { valuesCodec } from "./numcodecs/values-codec.js";
import { bitsOf } from "./stored-bits.js";

/** Of numbers only the leading bits are kept, so that they compress (zarr-extensions, codec `bitround`). Reading changes nothing. */
export const bitround: CodecFactory = bitroundAs("bitround", 1);

/** The same under its older name (numcodecs, `bitround`), which allows to keep no bit at all. */
export const numcodecsBitround: CodecFactory = bitroundAs("numcodecs.bitround", 0);

/** There is nothing to say of more bits than any type has. */
const MOST_BITS = 2 ** 32 - 1;

function bitroundAs(name: string, least: number): CodecFactory {
	return {
		name,
		kind: "array-to-array",
		parse(configuration, spec) {
			checkMembers(name, configuration, ["keepbits"]);
			const keepBits = integerMember(name, configuration, "keepbits", [least, MOST_BITS]);
			const round = roundingOf(spec.dtype, keepBits);
			if (round === undefined)
				throw new StoreError("INVALID_ARGUMENT", `codec ${name} rounds integers and floats, not ${spec.dtype.name}`);
			const encodedSpec = { ...spec, fill: round(spec.fill as TypedArray) };
			return valuesCodec(name, spec, encodedSpec, { encode: round, decode: (values) => values });
		},
	};
}

/** Bits of the fraction of floats, and of the parts of complex numbers. */
const FRACTION_BITS: { readonly [name: string]: number } = {
	float16: 10,
	bfloat16: 7,
	float32: 23,
	float64: 52,
	complex64: 23,
	complex128: 52,
	complex_float16: 10,
	complex_bfloat16: 7,
	complex_float32: 23,
	complex_float64: 52,
};

const INTEGER_KINDS: readonly string[] = ["i", "u", "M", "m"];

/** Undefined where the type has no bits to round. The result is a new array, or the values where all bits are kept. */
function roundingOf(dtype: DataType, keepBits: number): RoundValues | undefined {
	const { name, kind, Array: Values } = dtype;
	const integer = INTEGER_KINDS.includes(kind) ? bitsOf(dtype) : undefined;
	if (integer !== undefined) {
		if (keepBits >= integer.bits) return (values) => values;
		return (integer.bits === 64 ? roundLongs : roundIntegers)(keepBits, integer);
	}
	const bits = FRACTION_BITS[name];
	if (bits === undefined) return undefined;
	if (keepBits >= bits) return (values) => values;
	if (bits === 10) return roundHalves(bits - keepBits);
	// A bfloat16 is the upper half of a float32, so that the lower bits are zero and round to nothing.
	return roundFloats((Values.BYTES_PER_ELEMENT === 8 ? 52 : 23) - keepBits);
}
