/** Every text with the coordinates of its chunk. */
export function label(block, _, ctx) {
	return { data: Array.from(block.data, (text) => `${text}@${ctx.coords}`), shape: block.shape };
}

/** Characters in each text. */
export function lengths(block) {
	return { data: Int32Array.from(block.data, (text) => [...text].length), shape: block.shape };
}

/** Of each text along one axis the one before it, by a halo of 1. */
export function before(block, _, ctx) {
	return { data: block.data.slice(0, ctx.shape[0]), shape: ctx.shape };
}

/** The longest text of a block. */
export function longest(block) {
	return Array.from(block.data).reduce((a, b) => (b.length > a.length ? b : a), "");
}
