/** Uniform in [0, 1), the same in every run: a 32-bit counter in steps of the golden ratio, mixed by the finisher of MurmurHash3. */
export function randomNumbers(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x9e3779b9) | 0;
		let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
		bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
		return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
	};
}
