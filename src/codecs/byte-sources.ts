/** Sources of bytes made of others. */
import type { ByteSource, SourceRange } from "./codec.js";

/** Bytes that are, or will be, in memory as a whole. */
export function bytesSource(readAll: () => Promise<Uint8Array | undefined>): ByteSource {
	return {
		readAll,
		async read(ranges) {
			const bytes = await readAll();
			return bytes && { parts: ranges.map((range) => cut(bytes, range)), size: bytes.length };
		},
	};
}

/** The bytes of a range that lie within. */
export function cut(bytes: Uint8Array, range: SourceRange): Uint8Array {
	if ("suffix" in range) return bytes.subarray(Math.max(0, bytes.length - range.suffix));
	return bytes.subarray(range.offset, range.offset + range.length);
}

/** The `length` bytes of a source from `offset` on, which lie within it, as a source. */
export function windowSource(source: ByteSource, offset: number, length: number): ByteSource {
	const moved = (range: SourceRange): SourceRange => {
		const start = "suffix" in range ? Math.max(0, length - range.suffix) : Math.min(range.offset, length);
		const end = "suffix" in range ? length : Math.min(start + range.length, length);
		return { offset: offset + start, length: end - start };
	};
	return {
		ranges: source.ranges,
		async read(ranges, options) {
			const read = await source.read(ranges.map(moved), options);
			return read && { parts: read.parts, size: length };
		},
		async readAll() {
			const read = await source.read([{ offset, length }]);
			return read?.parts[0];
		},
	};
}
