import { createHash } from "node:crypto";

/** SHA-256 of the values' bytes, in hexadecimal. */
export function digest({ buffer, byteOffset, byteLength }: Float32Array): string {
	return createHash("sha256")
		.update(new Uint8Array(buffer, byteOffset, byteLength))
		.digest("hex");
}

/** Before anything is timed: all of them give the same values, bit for bit. */
export function checkSame(row: string, wanted: Float32Array, found: { readonly [peer: string]: Float32Array }): void {
	const bits = bytesOf(wanted);
	for (const [peer, values] of Object.entries(found))
		if (!bits.equals(bytesOf(values))) throw new Error(`${row}: the values of ${peer} are others`);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
	return Buffer.from(buffer, byteOffset, byteLength);
}
