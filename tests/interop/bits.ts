/**
 * Values as their bits: little-endian elements in row-major order, as they travel to the peers. Nothing of the library is used, so that
 * its own conversions are compared with something else.
 */
import type { DType, TypedArray } from "tesserae";
import type { Json } from "../../dist/src/format/json.js";

/** Bytes of an element, the words in it, and the array it is presented in. */
interface Layout {
	readonly itemSize: number;
	readonly parts: number;
	readonly Array: new (buffer: ArrayBuffer) => TypedArray;
}

/** The core data types that both peers know: all but `r*`. */
export const CORE_TYPES: { readonly [dtype: string]: Layout } = {
	bool: { itemSize: 1, parts: 1, Array: Uint8Array },
	int8: { itemSize: 1, parts: 1, Array: Int8Array },
	int16: { itemSize: 2, parts: 1, Array: Int16Array },
	int32: { itemSize: 4, parts: 1, Array: Int32Array },
	int64: { itemSize: 8, parts: 1, Array: BigInt64Array },
	uint8: { itemSize: 1, parts: 1, Array: Uint8Array },
	uint16: { itemSize: 2, parts: 1, Array: Uint16Array },
	uint32: { itemSize: 4, parts: 1, Array: Uint32Array },
	uint64: { itemSize: 8, parts: 1, Array: BigUint64Array },
	float16: { itemSize: 2, parts: 1, Array: Float32Array },
	float32: { itemSize: 4, parts: 1, Array: Float32Array },
	float64: { itemSize: 8, parts: 1, Array: Float64Array },
	complex64: { itemSize: 8, parts: 2, Array: Float32Array },
	complex128: { itemSize: 16, parts: 2, Array: Float64Array },
};

export function layoutOf(dtype: string): Layout {
	const layout = CORE_TYPES[dtype];
	if (layout === undefined) throw new Error(`${dtype} is no core data type`);
	return layout;
}

const isFloat = (dtype: string): boolean => /^(float|complex)/.test(dtype);

/** Bits of the exponent in the last byte but one of a float, by its size. */
const EXPONENT = { 2: 0x7c, 4: 0x80, 8: 0xf0 } as const;

export interface Values {
	readonly seed: string;
	readonly finite?: boolean | undefined;
}

/**
 * Elements with any bits, the same for the same seed. Every third word of floats is an infinity or a NaN with a payload, unless they
 * are to be finite.
 */
export function anyBits(dtype: string, count: number, { seed, finite }: Values): Uint8Array {
	const { itemSize, parts } = layoutOf(dtype);
	let state = Array.from(seed).reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5);
	const bytes = Uint8Array.from({ length: count * itemSize }, () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return state >>> 16;
	});
	if (dtype === "bool") return bytes.map((byte) => byte & 1);
	const wordSize = itemSize / parts;
	if (!isFloat(dtype)) return bytes;
	for (let end = wordSize; end <= bytes.length; end += wordSize) {
		const [high, low] = [bytes[end - 1] ?? 0, bytes[end - 2] ?? 0];
		if (finite) bytes[end - 1] = high & 0xbf;
		else if ((end / wordSize) % 3 === 1) bytes.set([low | EXPONENT[wordSize as 2 | 4 | 8], high | 0x7f], end - 2);
	}
	return bytes;
}

/** The float32 bits of every float16, from the definition of IEEE 754. */
const HALVES: Uint32Array = Uint32Array.from({ length: 65536 }, (_, half) => {
	const [sign, exponent, fraction] = [half >>> 15, (half >>> 10) & 31, half & 1023];
	if (exponent === 31) return (sign << 31) | 0x7f800000 | (fraction << 13);
	const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
	return float32Bits(sign === 1 ? -magnitude : magnitude);
});
const HALF_OF: ReadonlyMap<number, number> = new Map(Array.from(HALVES, (bits, half) => [bits, half]));

function float32Bits(value: number): number {
	return new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
}

/** The typed array that the library presents elements in. */
export function present(bits: Uint8Array, dtype: string): TypedArray {
	const own = bits.slice().buffer;
	if (dtype !== "float16") return new (layoutOf(dtype).Array)(own);
	return new Float32Array(Uint32Array.from(new Uint16Array(own), (half) => HALVES[half] ?? 0).buffer);
}

/** The inverse of {@link present}. */
export function bitsOf(values: TypedArray, dtype: string): Uint8Array {
	const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
	if (dtype !== "float16") return bytes;
	const halves = Uint16Array.from(new Uint32Array(bytes.buffer), (word) => {
		const half = HALF_OF.get(word);
		if (half === undefined) throw new Error(`float32 0x${word.toString(16)} is no float16`);
		return half;
	});
	return new Uint8Array(halves.buffer);
}

/** The fill value that metadata states, as the bits of one element. */
export function bitsOfFill(fill: Json | undefined, dtype: string): Uint8Array {
	const { itemSize, parts } = layoutOf(dtype);
	const words = (parts === 1 ? [fill] : (fill as Json[])).map((part) => wordOf(part, dtype, itemSize / parts));
	return Uint8Array.from(words.flatMap((word) => [...word]));
}

function wordOf(value: Json | undefined, dtype: string, size: number): Uint8Array {
	if (typeof value === "string" && value.startsWith("0x")) return integerBytes(BigInt(value), size);
	if (value === "NaN") return integerBytes({ 2: 0x7e00n, 4: 0x7fc00000n, 8: 0x7ff8000000000000n }[size] ?? 0n, size);
	if (!isFloat(dtype)) return integerBytes(BigInt(value as number | bigint | boolean), size);
	if (size === 8) return new Uint8Array(Float64Array.of(Number(value)).buffer);
	const bits = float32Bits(Number(value));
	return integerBytes(BigInt(size === 4 ? bits : (HALF_OF.get(bits) ?? Number.NaN)), size);
}

function integerBytes(value: bigint, size: number): Uint8Array {
	return new Uint8Array(BigUint64Array.of(BigInt.asUintN(64, value)).buffer).slice(0, size);
}

/** The name as the library's own type. */
export const typeName = (dtype: string): DType => dtype as DType;
