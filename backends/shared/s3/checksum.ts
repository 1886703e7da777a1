import { crc32 } from "node:zlib";
import { StoreError } from "../../../src/errors.js";

/** CRC-32 as S3 has it: the 4 bytes, highest first, in base64. */
export function checksumOf(bytes: Uint8Array): string {
	const sum = Buffer.alloc(4);
	sum.writeUInt32BE(crc32(bytes));
	return sum.toString("base64");
}

/**
 * Compares a whole object with the checksum that the server sends with it, where it does. That of an object in parts is of its parts, and
 * ends in how many.
 * @throws StoreError UNAVAILABLE
 */
export function verifyChecksum(
	key: string,
	bytes: Uint8Array,
	{ ChecksumCRC32 }: { readonly ChecksumCRC32?: string | undefined },
): void {
	if (ChecksumCRC32 === undefined || ChecksumCRC32.includes("-") || ChecksumCRC32 === checksumOf(bytes)) return;
	throw new StoreError(
		"UNAVAILABLE",
		`${JSON.stringify(key)} came damaged: its bytes do not have the checksum that the server sent with them: try again, and where it stays so, restore the object`,
		{ key },
	);
}
