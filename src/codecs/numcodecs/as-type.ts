import type { CodecFactory } from "../codec.js";
import { checkMembers, invalidMember } from "../configuration.js";
import { convert, converts } from "./convert.js";
import { checkTypeMember, typeMember, withType } from "./settings.js";
import { valuesCodec } from "./values-codec.js";

const NAME = "numcodecs.astype";

/** Values stored as another type (numcodecs, `astype`); what that cannot hold is truncated and wraps. */
export const asType: CodecFactory = {
	name: NAME,
	kind: "array-to-array",
	parse(configuration, spec) {
		const given = { name: NAME, configuration };
		checkMembers(NAME, configuration, ["encode_dtype", "decode_dtype"]);
		const { dtype } = spec;
		checkTypeMember(given, "decode_dtype", dtype);
		if (typeof configuration.encode_dtype !== "string")
			throw invalidMember(NAME, configuration, "encode_dtype", 'a number type such as "<f4"');
		const stored = typeMember(given, "encode_dtype", dtype);
		if (!converts(dtype, stored))
			throw invalidMember(NAME, configuration, "encode_dtype", `a type that ${dtype.name} converts to`);
		return valuesCodec(NAME, spec, withType(spec, stored), {
			encode: (values) => convert(values, dtype, stored),
			decode: (values) => convert(values, stored, dtype),
		});
	},
};
