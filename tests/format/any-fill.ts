import fc from "fast-check";
import { type DType, dataType, type TypedArray } from "../../dist/src/format/data-types.js";
import { halfToFloat } from "../../dist/src/format/float16.js";

/** The memory of an array. */
export const bytesOf = (values: TypedArray | unknown[]) => {
	const { buffer, byteOffset, byteLength } = values as TypedArray;
	return new Uint8Array(buffer, byteOffset, byteLength);
};
/** The memory of an array as one hexadecimal number, last byte first. */
export const bitsOf = (values: TypedArray | unknown[]) =>
	Array.from(bytesOf(values).toReversed(), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const NAMES =
	"bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128 r8 r24 r32".split(
		" ",
	) as DType[];

/** Any bits that a chunk of the type could hold, in presented form. */
export function anyFill(name: DType): fc.Arbitrary<TypedArray> {
	const dtype = dataType(name);
	if (name === "bool") return fc.boolean().map((bit) => Uint8Array.of(Number(bit)));
	return fc.uint8Array({ minLength: dtype.itemSize, maxLength: dtype.itemSize }).chain((bytes) => {
		if (name === "float16") {
			const out = new Float32Array(1);
			halfToFloat(new Uint16Array(bytes.slice().buffer), out);
			return fc.constant<TypedArray>(out);
		}
		// Exponents of all ones are rare among random bits, and NaNs are what breaks.
		const special = bytes.slice();
		for (let i = dtype.wordSize; i <= dtype.itemSize; i += dtype.wordSize) {
			special[i - 1] = (special[i - 1] ?? 0) | 0x7f;
			special[i - 2] = (special[i - 2] ?? 0) | 0xf0;
		}
		return fc.constantFrom(bytes, special).map((chosen) => new dtype.Array(chosen.slice().buffer));
	});
}
