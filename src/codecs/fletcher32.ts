import { checksumCodec } from "./checksum.js";
import type { CodecFactory } from "./codec.js";
import { checkMembers } from "./configuration.js";

const name = "numcodecs.fletcher32";

/** Appends the Fletcher checksum of HDF5, 4 bytes little-endian (numcodecs, codec `fletcher32`). */
export const fletcher32: CodecFactory = {
	name,
	kind: "bytes-to-bytes",
	parse(configuration) {
		checkMembers(name, configuration, []);
		return checksumCodec(name, () => checksum);
	},
};

/** After so many words at most, the sums still fit 32 bits. */
const FOLD_WORDS = 360;

/** Over big-endian words of 16 bits, the last one filled up with zero; sums are folded, so that zero stays apart from 65535. */
function checksum(bytes: Uint8Array): number {
	const words = bytes.length >> 1;
	let sum = 0;
	let sums = 0;
	for (let start = 0; start < words; start += FOLD_WORDS) {
		for (let i = start, end = Math.min(words, start + FOLD_WORDS); i < end; i++) {
			sum += ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number);
			sums += sum;
		}
		sum = folded(sum);
		sums = folded(sums);
	}
	if (bytes.length % 2 === 1) {
		sum = folded(sum + ((bytes[bytes.length - 1] as number) << 8));
		sums = folded(sums + sum);
	}
	return ((folded(sums) << 16) | folded(sum)) >>> 0;
}

function folded(sum: number): number {
	return (sum & 0xffff) + (sum >>> 16);
}
