/** A text by which byte strings are told apart: 128 bits (XXH3), which tell of accidents and not of forgers. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
	const { xxhash128 } = await import("hash-wasm");
	return xxhash128(bytes);
}
