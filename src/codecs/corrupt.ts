/** What decoders say of bytes that are no encoding of a chunk. The caller adds which chunk it was. */
import { StoreError } from "../errors.js";
import type { EncodedSize } from "./codec.js";

export function corrupt(codec: string, reason: string, cause?: unknown): StoreError {
	return new StoreError("CORRUPT", `${codec}: ${reason}`, { cause });
}

export function wrongLength(actual: number, expected: number): StoreError {
	return new StoreError("CORRUPT", `chunk decodes to ${actual} bytes, ${expected} expected`);
}

export function tooLong(limit: number): StoreError {
	return new StoreError("CORRUPT", `chunk decodes to more than the ${limit} bytes it can have`);
}

/** Decoded bytes of the size they must have. */
export function checkedSize(bytes: Uint8Array, size: EncodedSize): Uint8Array {
	if (bytes.length > size.limit) throw tooLong(size.limit);
	if (size.exact && bytes.length !== size.limit) throw wrongLength(bytes.length, size.limit);
	return bytes;
}

/**
 * Whether an error says that bytes are missing at the end, as of an object that was cut: in the words of the codecs here, or of the libraries
 * behind them.
 */
export function saysCut({ message }: Error): boolean {
	return /the bytes end early|unexpected end of file|unexpected EOF/.test(message);
}
