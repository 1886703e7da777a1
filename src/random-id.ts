/** 64 random bits, as 16 characters that every store takes in a key or as the id of a write. */
export function randomId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(8));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
