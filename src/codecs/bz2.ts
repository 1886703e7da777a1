import { isStoreError } from "../errors.js";
import type { BytesToBytesCodec, CodecFactory, EncodedSize } from "./codec.js";
import { checkMembers, integerMember } from "./configuration.js";
import { checkedSize, corrupt, tooLong } from "./corrupt.js";
import { readOnly, requiredPackage } from "./read-only.js";

const name = "numcodecs.bz2";

/** What is used of `seek-bzip`, which is optional and may not be installed. */
interface Bunzip {
	/** Decompresses one stream and stops behind it. */
	decode(source: ByteReader, sink: { writeByte(byte: number): void }): void;
}

interface ByteReader {
	readByte(): number;
	/** Fills `target`, and gives the number of bytes. */
	read(target: Uint8Array, start: number, length: number): number;
}

/** Decompresses bzip2 (numcodecs, codec `bz2`), verifying its checksums. */
export const bz2: CodecFactory = {
	name,
	kind: "bytes-to-bytes",
	parse(configuration): BytesToBytesCodec {
		checkMembers(name, configuration, ["level"]);
		integerMember(name, { level: 1, ...configuration }, "level", [1, 9]);
		return {
			...readOnly(name),
			decode: (bytes, size) => checkedSize(decompress(requiredPackage<Bunzip>(name, "seek-bzip"), bytes, size), size),
		};
	},
};

/** One stream or several, up to the limit. */
function decompress(library: Bunzip, bytes: Uint8Array, { limit, exact }: EncodedSize): Uint8Array {
	let content = new Uint8Array(exact ? limit : Math.min(limit, 4 * bytes.length));
	let length = 0;
	const writeByte = (byte: number): void => {
		if (length === limit) throw tooLong(limit);
		if (length === content.length) {
			const larger = new Uint8Array(Math.min(limit, 2 * length + 1024));
			larger.set(content);
			content = larger;
		}
		content[length++] = byte;
	};
	const source = readerOf(bytes);
	try {
		do library.decode(source, { writeByte });
		while (source.hasMore());
	} catch (error) {
		if (isStoreError(error)) throw error;
		throw corrupt("bz2", error instanceof Error ? error.message : String(error), error);
	}
	return content.subarray(0, length);
}

/** The library takes what is missing at the end for zeros, so it must not get there. */
function readerOf(bytes: Uint8Array): ByteReader & { hasMore(): boolean } {
	let at = 0;
	const readByte = (): number => {
		const byte = bytes[at++];
		if (byte === undefined) throw corrupt("bz2", "the bytes end early");
		return byte;
	};
	return {
		readByte,
		read(target, start, length) {
			for (let i = 0; i < length; i++) target[start + i] = readByte();
			return length;
		},
		hasMore: () => at < bytes.length,
	};
}
