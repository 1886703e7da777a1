import { StoreError } from "../../errors.js";
import type { TypedArray } from "../../format/data-types.js";
import { raggedType } from "../../format/object-types.js";
import { parseNumericType, type StoredType } from "../../format/type-string.js";
import { HOST_ENDIAN, swapWords } from "../byte-order.js";
import type { CodecFactory } from "../codec.js";
import { checkMembers, invalidMember } from "../configuration.js";
import { type EntryCoding, vlenCodec } from "../vlen.js";

const NAME = "numcodecs.vlen-array";

/** Arrays of one axis and any length, of one number type in the byte order that its type string tells (numcodecs, `VLenArray`). */
export const vlenArray: CodecFactory = {
	name: NAME,
	kind: "array-to-bytes",
	parse(configuration, spec) {
		checkMembers(NAME, configuration, ["dtype"]);
		const { dtype } = configuration;
		const type = typeof dtype === "string" ? parseNumericType(dtype) : undefined;
		if (type === undefined) throw invalidMember(NAME, configuration, "dtype", 'a number type such as "<i4"');
		const { name } = raggedType(type.dtype);
		if (spec.dtype.name === name) return vlenCodec(NAME, spec, arrayCoding(type));
		throw new StoreError("INVALID_ARGUMENT", `codec ${NAME} takes values of ${name}, not of ${spec.dtype.name}`);
	},
};

/** Numbers as they lie in memory, turned where the store has them otherwise. */
function arrayCoding({ dtype, order }: StoredType): EntryCoding {
	const turned = (bytes: Uint8Array): Uint8Array => {
		const own = new Uint8Array(bytes);
		if (order !== HOST_ENDIAN) swapWords(own, dtype.wordSize);
		return own;
	};
	return {
		weigh: (array) => (array as TypedArray).byteLength,
		write(array, into) {
			const { buffer, byteOffset, byteLength } = array as TypedArray;
			into.set(turned(new Uint8Array(buffer, byteOffset, byteLength)));
			return byteLength;
		},
		read(bytes) {
			if (bytes.length % dtype.itemSize !== 0) throw new RangeError(this.broken);
			return new dtype.Array(turned(bytes).buffer);
		},
		broken: `no whole number of ${dtype.name} values`,
	};
}
