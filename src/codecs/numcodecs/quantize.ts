import type { CodecFactory } from "../codec.js";
import { checkMembers, integerMember, invalidMember } from "../configuration.js";
import { arithmeticOf, convert, each, roundToEven } from "./convert.js";
import { checkTypeMember, typeMember, withType } from "./settings.js";
import { valuesCodec } from "./values-codec.js";

const NAME = "numcodecs.quantize";

/** Floats rounded to so many decimal digits, in binary steps, so that they compress (numcodecs, `quantize`). Reading changes nothing. */
export const quantize: CodecFactory = {
	name: NAME,
	kind: "array-to-array",
	parse(configuration, spec) {
		const given = { name: NAME, configuration };
		checkMembers(NAME, configuration, ["dtype", "astype", "digits"]);
		const { dtype } = spec;
		checkTypeMember(given, "dtype", dtype);
		const stored = typeMember(given, "astype", dtype);
		if (dtype.kind !== "f" || stored.kind !== "f")
			throw invalidMember(NAME, configuration, "dtype", "a type of floats");
		const digits = integerMember(NAME, configuration, "digits", [-300, 300]);
		const { round } = arithmeticOf(dtype);
		const scale = round(2 ** Math.ceil(Math.log2(10 ** digits)));
		return valuesCodec(NAME, spec, withType(spec, stored), {
			encode: (values) =>
				convert(
					each(values, (x) => round(roundToEven(round(x * scale)) / scale)),
					dtype,
					stored,
				),
			decode: (values) => convert(values, stored, dtype),
		});
	},
};
