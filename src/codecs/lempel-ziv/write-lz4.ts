import { copyLiterals } from "./copy.js";
import { LEAST_MATCH, type Writer, writeRest } from "./matches.js";

/** From here on a length goes on in bytes of its own. */
const LONG = 15;

/**
 * LZ4 blocks (block format description): a token with the lengths of both, literals, and a distance of 2 bytes, again and again; literals
 * are last.
 */
export const lz4Writer: Writer = {
	begin() {},
	matches(scan, output) {
		const { source, matches, count } = scan;
		const { target } = output;
		const { bytes, view } = target;
		let { at, told } = output;
		for (let i = 0; i < count; i += 3) {
			const start = matches[i] as number;
			const literals = start - told;
			const length = (matches[i + 1] as number) - LEAST_MATCH;
			bytes[at++] = (Math.min(literals, LONG) << 4) | Math.min(length, LONG);
			if (literals >= LONG) at = writeRest(bytes, at, literals - LONG);
			copyLiterals(source, told, target, at, literals);
			at += literals;
			view.setUint16(at, matches[i + 2] as number, true);
			at += 2;
			if (length >= LONG) at = writeRest(bytes, at, length - LONG);
			told = start + length + LEAST_MATCH;
		}
		output.at = at;
		output.told = told;
	},
	end(scan, output) {
		const { told, target } = output;
		const literals = scan.source.bytes.length - told;
		target.bytes[output.at++] = Math.min(literals, LONG) << 4;
		if (literals >= LONG) output.at = writeRest(target.bytes, output.at, literals - LONG);
		copyLiterals(scan.source, told, target, output.at, literals);
		output.at += literals;
	},
};
