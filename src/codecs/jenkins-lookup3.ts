import { checksumCodec } from "./checksum.js";
import type { CodecFactory } from "./codec.js";
import { checkMembers, integerMember, invalidMember } from "./configuration.js";

const name = "numcodecs.jenkins_lookup3";

/**
 * Appends Bob Jenkins' lookup3 hash as HDF5 computes it, 4 bytes little-endian (numcodecs, codec `jenkins_lookup3`). Bytes to be
 * hashed beforehand, `prefix`, cannot be written as JSON.
 */
export const jenkinsLookup3: CodecFactory = {
	name,
	kind: "bytes-to-bytes",
	parse(configuration) {
		checkMembers(name, configuration, ["initval", "prefix"]);
		const initial = integerMember(name, { initval: 0, ...configuration }, "initval", [0, 2 ** 32 - 1]);
		if ((configuration.prefix ?? null) !== null) throw invalidMember(name, configuration, "prefix", "null");
		return checksumCodec(name, () => (bytes) => lookup3(bytes, initial));
	},
};

const SEED = 0xdeadbeef;
/** Words to subtract, and by how much they are rotated, in turn (lookup3.c, `mix` and `final`). */
const MIX = [4, 6, 8, 16, 19, 4] as const;
const FINAL = [14, 11, 25, 16, 4, 14, 24] as const;

/** `hashlittle` of lookup3.c: groups of 12 bytes as three little-endian words, the last filled up with zeros. */
function lookup3(bytes: Uint8Array, initial: number): number {
	const state = new Uint32Array(3).fill(SEED + bytes.length + initial);
	if (bytes.length === 0) return state[2] as number;
	const group = new Uint8Array(12);
	const words = new DataView(group.buffer);
	for (let at = 0; at < bytes.length; at += 12) {
		group.fill(0).set(bytes.subarray(at, at + 12));
		for (let i = 0; i < 3; i++) state[i] = (state[i] as number) + words.getUint32(4 * i, true);
		if (at + 12 < bytes.length) mix(state);
	}
	finish(state);
	return state[2] as number;
}

/** In step `i`, with a, b, c taking turns: a −= c, a ^= rot(c), c += b. */
function mix(state: Uint32Array): void {
	MIX.forEach((bits, i) => {
		const [a, b, c] = [i % 3, (i + 1) % 3, (i + 2) % 3] as [number, number, number];
		state[a] = ((state[a] as number) - (state[c] as number)) ^ rotated(state[c] as number, bits);
		state[c] = (state[c] as number) + (state[b] as number);
	});
}

/** In step `i`, with c, a, b taking turns: c ^= b, c −= rot(b). */
function finish(state: Uint32Array): void {
	FINAL.forEach((bits, i) => {
		const [c, b] = [(i + 2) % 3, (i + 1) % 3] as [number, number];
		state[c] = ((state[c] as number) ^ (state[b] as number)) - rotated(state[b] as number, bits);
	});
}

function rotated(word: number, bits: number): number {
	return (word << bits) | (word >>> (32 - bits));
}
