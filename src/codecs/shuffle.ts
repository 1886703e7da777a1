import { shuffle as byteShuffle, unshuffle } from "./blosc/shuffle.js";
import type { BytesToBytesCodec, CodecFactory } from "./codec.js";
import { checkMembers, integerMember } from "./configuration.js";
import { checkedSize } from "./corrupt.js";

const name = "numcodecs.shuffle";

/** Brings bytes of equal significance together (numcodecs, codec `shuffle`). Bytes that make no whole element stay last, as in HDF5. */
export const shuffle: CodecFactory = {
	name,
	kind: "bytes-to-bytes",
	parse(configuration): BytesToBytesCodec {
		checkMembers(name, configuration, ["elementsize"]);
		const range = [0, 2 ** 31 - 1] as const;
		const elementSize = Math.max(1, integerMember(name, { elementsize: 4, ...configuration }, "elementsize", range));
		return {
			kind: "bytes-to-bytes",
			name,
			encodedSize: (decoded) => decoded,
			encode(bytes) {
				const shuffled = new Uint8Array(bytes.length);
				byteShuffle(bytes, shuffled, elementSize);
				return shuffled;
			},
			decode(bytes, size, allocate = (length) => new Uint8Array(length)) {
				checkedSize(bytes, size);
				const content = allocate(bytes.length);
				unshuffle(bytes, content, elementSize);
				return content;
			},
		};
	},
};
