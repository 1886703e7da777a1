import type { DataType } from "../../format/data-types.js";
import type { CodecFactory } from "../codec.js";
import { checkMembers, invalidMember } from "../configuration.js";
import { arithmeticOf, convert, each, roundToEven } from "./convert.js";
import { checkTypeMember, numberMember, typeMember, withType } from "./settings.js";
import { valuesCodec } from "./values-codec.js";

const NAME = "numcodecs.fixedscaleoffset";

/** `(x − offset) · scale`, rounded to an integer (numcodecs, `fixedscaleoffset`): floats of limited precision in a small type. */
export const fixedScaleOffset: CodecFactory = {
	name: NAME,
	kind: "array-to-array",
	parse(configuration, spec) {
		const given = { name: NAME, configuration };
		checkMembers(NAME, configuration, ["dtype", "astype", "scale", "offset"]);
		const { dtype } = spec;
		checkTypeMember(given, "dtype", dtype);
		const stored = typeMember(given, "astype", dtype);
		if (isNoReal(dtype) || isNoReal(stored))
			throw invalidMember(NAME, configuration, "dtype", "a type of real numbers");
		const [scale, offset] = [numberMember(given, "scale"), numberMember(given, "offset")];
		return valuesCodec(NAME, spec, withType(spec, stored), {
			encode(values) {
				const { type, round } = arithmeticOf(dtype);
				const [s, o] = [round(scale), round(offset)];
				const scaled = each(convert(values, dtype, type), (x) => roundToEven(round(round(x - o) * s)));
				return convert(scaled, type, stored);
			},
			decode(values) {
				const { type, round } = arithmeticOf(stored);
				const [s, o] = [round(scale), round(offset)];
				const restored = each(convert(values, stored, type), (x) => round(round(x / s) + o));
				return convert(restored, type, dtype);
			},
		});
	},
};

function isNoReal({ kind }: DataType): boolean {
	return kind === "c" || kind === "V";
}
