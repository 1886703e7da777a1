/** Eight bytes that tell how many follow and what each of them is. */
export function checkable(size, value) {
	const bytes = new Uint8Array(8 + size).fill(value);
	new DataView(bytes.buffer).setUint32(0, size);
	new DataView(bytes.buffer).setUint32(4, value);
	return bytes;
}

/** True where the bytes are one whole content. */
export function isWhole(bytes) {
	if (bytes.byteLength < 8) return false;
	const header = new DataView(bytes.buffer, bytes.byteOffset, 8);
	const [size, value] = [header.getUint32(0), header.getUint32(4)];
	return bytes.byteLength === 8 + size && Buffer.compare(bytes, checkable(size, value)) === 0;
}
