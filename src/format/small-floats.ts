/**
 * Floats of a byte and less (registry of extensions, `float8_…`, `float6_…`, `float4_…`; `float8_e4m3fn` is not in it, and TensorStore
 * writes it), each in the lower bits of a byte: a sign, an exponent and a mantissa. Presented as float32, which holds all of them. What is
 * out of range becomes what the Python package ml_dtypes makes of it.
 */
import { type FloatFormat, towardsSmallFloat } from "./floats.js";
import { bytesOf, type Storage, type StoredFloat } from "./storage.js";

export type SmallFloatName =
	| "float8_e3m4"
	| "float8_e4m3"
	| "float8_e4m3b11fnuz"
	| "float8_e4m3fn"
	| "float8_e4m3fnuz"
	| "float8_e5m2"
	| "float8_e5m2fnuz"
	| "float8_e8m0fnu"
	| "float6_e2m3fn"
	| "float6_e3m2fn"
	| "float4_e2m1fn";

/**
 * What there is beside finite numbers: `ieee` infinities and NaNs where the exponent is all ones; `fnuz` one NaN, in the place of −0; `fnu`
 * one NaN, and neither sign nor zero; `nan` a NaN of either sign, where all other bits are ones; `fn` nothing.
 */
type Family = "ieee" | "fnuz" | "fnu" | "nan" | "fn";

interface Layout {
	readonly exponent: number;
	readonly mantissa: number;
	readonly bias: number;
	readonly family: Family;
	/** The sign included. */
	readonly bits: number;
	/** The bit of the sign; 0 where there is none. */
	readonly sign: number;
}

const FIELDS: { readonly [name in SmallFloatName]: readonly [number, number, number, Family] } = {
	float8_e3m4: [3, 4, 3, "ieee"],
	float8_e4m3: [4, 3, 7, "ieee"],
	float8_e4m3b11fnuz: [4, 3, 11, "fnuz"],
	float8_e4m3fn: [4, 3, 7, "nan"],
	float8_e4m3fnuz: [4, 3, 8, "fnuz"],
	float8_e5m2: [5, 2, 15, "ieee"],
	float8_e5m2fnuz: [5, 2, 16, "fnuz"],
	float8_e8m0fnu: [8, 0, 127, "fnu"],
	float6_e2m3fn: [2, 3, 1, "fn"],
	float6_e3m2fn: [3, 2, 3, "fn"],
	float4_e2m1fn: [2, 1, 1, "fn"],
};

interface SmallFloat extends StoredFloat {
	readonly name: SmallFloatName;
	readonly bits: number;
}

export const SMALL_FLOATS: readonly SmallFloat[] = Object.entries(FIELDS).map(
	([name, [exponent, mantissa, bias, family]]) => {
		const sign = family === "fnu" ? 0 : 1 << (exponent + mantissa);
		const bits = exponent + mantissa + (sign === 0 ? 0 : 1);
		return smallFloat(name as SmallFloatName, { exponent, mantissa, bias, family, bits, sign });
	},
);

function smallFloat(name: SmallFloatName, layout: Layout): SmallFloat {
	const storage = storageOf(layout);
	const finite = magnitudesOf(layout);
	const single = new Float32Array(1);
	const most = finite.at(-1) as number;
	const format: FloatFormat = {
		precision: layout.mantissa + 1,
		leastExponent: layout.family === "fnu" ? -layout.bias : 1 - layout.bias,
		least: layout.family === "fnu" ? (finite[0] as number) : -most,
		most,
		limit: limitOf(finite, layout),
		nan: nanOf(layout),
		infinity: layout.family === "ieee",
		negativeZero: layout.family === "ieee" || layout.family === "fn",
		round(value) {
			single[0] = towardsSmallFloat(value);
			return storage.present(storage.store(single))[0] as number;
		},
	};
	return { name, bits: layout.bits, format, storage };
}

function storageOf(layout: Layout): Storage {
	const valueBits = decoder(layout);
	let codes: Uint8Array | undefined;
	return {
		present(stored) {
			const bits = new Int32Array(stored.length);
			for (let i = 0; i < stored.length; i++) bits[i] = valueBits[stored[i] as number] as number;
			return new Float32Array(bits.buffer);
		},
		store({ buffer, byteOffset, byteLength }) {
			codes ??= encoder(layout);
			const words = new Uint32Array(buffer, byteOffset, byteLength / 4);
			const stored = new Uint8Array(words.length);
			for (let i = 0; i < words.length; i++) stored[i] = codes[upperHalf(words[i] as number)] as number;
			return bytesOf(stored);
		},
	};
}

/**
 * The upper 16 bits of a float32, rounded to odd. That leaves at least two more bits than any of these types has, so that rounding
 * from there gives what rounding the float32 gives, and a table of 2^16 entries serves.
 */
function upperHalf(word: number): number {
	return (word >>> 16) | ((word & 0xffff) === 0 ? 0 : 1);
}

/** The float32 bits of every byte; upper bits that the type does not have are ignored. */
function decoder(layout: Layout): Int32Array {
	const values = new Float32Array(256);
	const bits = new Int32Array(values.buffer);
	const finite = magnitudesOf(layout);
	for (let byte = 0; byte < 256; byte++) {
		const isNegative = (byte & layout.sign) !== 0;
		const code = byte & ((1 << layout.bits) - 1) & ~layout.sign;
		const magnitude = finite[code];
		if (layout.family === "fnuz" && isNegative && code === 0) bits[byte] = 0x7fc00000;
		else if (magnitude === undefined) bits[byte] = beyondFinite(code, layout) | (isNegative ? 1 << 31 : 0);
		else values[byte] = isNegative ? -magnitude : magnitude;
	}
	return bits;
}

/** The float32 bits of an infinity or a NaN, whose payload is kept. */
function beyondFinite(code: number, { mantissa, family }: Layout): number {
	if (family === "fnu" || family === "nan") return 0x7fc00000;
	return 0x7f800000 | ((code & ((1 << mantissa) - 1)) << (23 - mantissa));
}

/** The finite values from zero up, by their code: ascending. */
function magnitudesOf({ exponent, mantissa, bias, family }: Layout): Float64Array {
	const all = 1 << (exponent + mantissa);
	const count = family === "ieee" ? all - (1 << mantissa) : family === "fnu" || family === "nan" ? all - 1 : all;
	return Float64Array.from({ length: count }, (_, code) => {
		const power = code >> mantissa;
		const fraction = code & ((1 << mantissa) - 1);
		if (power === 0 && family !== "fnu") return fraction * 2 ** (1 - bias - mantissa);
		return ((1 << mantissa) + fraction) * 2 ** (power - bias - mantissa);
	});
}

/** Halfway from the largest finite value to what would come next, or just above where that value is even, so that halfway rounds down. */
function limitOf(finite: Float64Array, { family }: Layout): number {
	const [before = 0, largest = 0] = finite.slice(-2);
	// Powers of two double; others have their predecessor at the same distance.
	const halfway = largest === 2 * before ? 1.5 * largest : largest + (largest - before) / 2;
	return family === "nan" ? halfway + halfway * 2 ** -53 : halfway;
}

function nanOf({ family, exponent, mantissa }: Layout): bigint | undefined {
	if (family === "fn") return undefined;
	if (family === "nan") return BigInt((1 << (exponent + mantissa)) - 1);
	if (family === "fnuz") return 0x80n;
	if (family === "fnu") return 0xffn;
	return BigInt((((1 << exponent) - 1) << mantissa) | (1 << (mantissa - 1)));
}

/** The code of every float32 whose lower half is zero. */
function encoder(layout: Layout): Uint8Array {
	const finite = magnitudesOf(layout);
	const limit = limitOf(finite, layout);
	const upper = new Float32Array(1);
	const bits = new Int32Array(upper.buffer);
	return Uint8Array.from({ length: 2 ** 16 }, (_, half) => {
		bits[0] = half << 16;
		const value = upper[0] as number;
		const isNegative = half >= 2 ** 15;
		if (Number.isNaN(value)) return codeOfNaN(half, layout);
		if (layout.family === "fnu" && (isNegative || value === 0)) return 0xff;
		if (Math.abs(value) >= limit) return codeBeyond(isNegative, layout, finite.length);
		const code = nearest(Math.abs(value), finite);
		if (layout.family === "fnuz" && code === 0) return 0;
		return isNegative ? code | layout.sign : code;
	});
}

function codeOfNaN(half: number, { family, exponent, mantissa, sign }: Layout): number {
	const isNegative = half >= 2 ** 15;
	// A type without NaN gets a zero, of the other sign.
	if (family === "fn") return isNegative ? 0 : sign;
	if (family === "nan") return (isNegative ? sign : 0) | (sign - 1);
	if (family !== "ieee") return family === "fnuz" ? 0x80 : 0xff;
	// A payload in the lower bits alone must not turn into the payload 0, which would be infinity.
	const payload = (half & 0x7f) >> (7 - mantissa) || 1 << (mantissa - 1);
	return (isNegative ? sign : 0) | (((1 << exponent) - 1) << mantissa) | payload;
}

/** Beyond the range lies infinity, else NaN, else the largest value. */
function codeBeyond(isNegative: boolean, { family, sign }: Layout, count: number): number {
	if (family === "fnuz") return 0x80;
	if (family === "fnu") return 0xff;
	return (isNegative ? sign : 0) | (family === "fn" ? count - 1 : count);
}

/** The code of the nearest of ascending values, below the limit; halfway between two the even one, and among powers of two the larger one. */
function nearest(value: number, finite: Float64Array): number {
	let [low, high] = [0, finite.length - 1];
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if ((finite[middle] as number) <= value) low = middle;
		else high = middle - 1;
	}
	const [below, above] = [finite[low] as number, finite[low + 1]];
	if (above === undefined || value <= below) return low;
	const rest = value - below - (above - value);
	// A significand without further bits is 1, and odd.
	const isOdd = (low & 1) === 1 || finite[1] === 2 * (finite[0] as number);
	return rest > 0 || (rest === 0 && isOdd) ? low + 1 : low;
}
