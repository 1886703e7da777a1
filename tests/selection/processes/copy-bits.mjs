/** Copies every kind of bit pattern often enough for the compiler under test to take over; prints how many bytes came out wrong. */
import { copyStrided } from "../../../dist/src/selection/copy.js";

const ROWS = 64;
const COLUMNS = 33;
const KINDS = [Float64Array, BigInt64Array, Float32Array, Int32Array, Uint16Array, Int8Array];
const SPECIAL = [
	0x7ff0000000000001n, // signalling NaNs
	0x7ff7ffffffffffffn,
	0xfff0000000000001n,
	0xfff7ffffffffffffn,
	0xfff7fffffff7ffffn, // V8's own mark for holes in arrays
	0xfff6fffffff6ffffn,
	0x7ff8000000000000n,
	0xffffffffffffffffn,
	0x7f8000017f800001n, // two signalling NaNs of 32 bits
	0xffbfffff7fbfffffn,
	0x8000000000000000n,
	0x8000000080000000n,
];

let state = 88172645463325252n;
/** A pseudo-random word (xorshift, Marsaglia 2003). */
function random() {
	state ^= BigInt.asUintN(64, state << 13n);
	state ^= state >> 7n;
	state ^= BigInt.asUintN(64, state << 17n);
	return state;
}

const bits = BigUint64Array.from({ length: ROWS * COLUMNS }, (_, i) =>
	i % 2 === 0 ? SPECIAL[(i / 2) % SPECIAL.length] : random(),
);

/** Every `step`-th entry of every row, to its own place. */
function copy(Values, step) {
	const src = new Values(bits.buffer);
	const dst = new Values(src.length);
	const columns = src.length / ROWS;
	const count = Math.ceil(columns / step);
	copyStrided(dst, src, [
		{ count: ROWS, dstStart: 0, dstStep: columns, srcStart: 0, srcStep: columns },
		{ count, dstStart: 0, dstStep: step, srcStart: 0, srcStep: step },
	]);
	return dst;
}

function wrongBytes(Values, step) {
	const columns = bits.byteLength / ROWS / Values.BYTES_PER_ELEMENT;
	const source = new Uint8Array(bits.buffer);
	const isCopied = (byte) => (Math.floor(byte / Values.BYTES_PER_ELEMENT) % columns) % step === 0;
	const copied = new Uint8Array(copy(Values, step).buffer);
	return copied.filter((byte, i) => byte !== (isCopied(i) ? source[i] : 0)).length;
}

/** One pattern spread over many entries, and many picked by a list. */
function wrongWords(Values) {
	const src = new Values(bits.buffer);
	const srcTable = Float64Array.from({ length: src.length }, (_, i) => i);
	const words = (values) => new Uint8Array(values.buffer);
	let wrong = 0;
	const picked = new Values(src.length);
	copyStrided(picked, src, [{ count: src.length, dstStart: 0, dstStep: 1, srcStart: 0, srcStep: 1, srcTable }]);
	wrong += words(picked).filter((byte, i) => byte !== words(src)[i]).length;
	for (let i = 0; i < 2 * SPECIAL.length; i++) {
		const filled = new Values(9);
		copyStrided(filled, src, [{ count: 9, dstStart: 0, dstStep: 1, srcStart: i, srcStep: 0 }]);
		const one = words(src.slice(i, i + 1));
		wrong += words(filled).filter((byte, at) => byte !== one[at % one.length]).length;
	}
	return wrong;
}

let wrong = 0;
for (const last of [false, true])
	for (const Values of KINDS) {
		for (const step of [1, 2]) {
			if (last) for (let round = 0; round < 50; round++) copy(Values, step);
			wrong += wrongBytes(Values, step);
		}
		wrong += wrongWords(Values);
	}
console.log(wrong);
