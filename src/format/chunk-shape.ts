/** Raw bytes of one chunk that {@link defaultChunkShape} aims at. */
const TARGET = 2 * 2 ** 20;

/** An axis of fewer chunks than this is divided evenly, so that the last chunk is not mostly padding. */
const FEW = 4;

/**
 * The chunk shape of an array that was created without one: 1 to 4 MiB of raw bytes, as near to a cube as the axes allow; an array
 * below 2 MiB is one chunk.
 *
 * The shortest axis is chosen first. Each gets an equal share of what is left of the target (its k-th root where k axes are left):
 * the whole axis where it is shorter than that, equal parts where it holds a few shares, else the nearest power of two. What an
 * axis gets too much or too little of is made up for by the next, so only the rounding of the last one remains.
 * @param itemSize bytes of an element
 * @returns at least 1 and, but for axes of length 0, at most the axis, each
 */
export function defaultChunkShape(shape: readonly number[], itemSize: number): number[] {
	const chunkShape = shape.map(() => 1);
	const shortestFirst = shape.map((length, axis) => ({ length, axis })).sort((a, b) => a.length - b.length);
	let elements = TARGET / itemSize;
	shortestFirst.forEach(({ length, axis }, done) => {
		const share = elements ** (1 / (shape.length - done));
		const chunk = chunkLength(length, share);
		chunkShape[axis] = chunk;
		elements /= chunk;
	});
	return chunkShape;
}

function chunkLength(length: number, share: number): number {
	if (length <= share) return Math.max(1, length);
	if (share < 1.5) return 1;
	if (length < FEW * share) return Math.ceil(length / Math.round(length / share));
	// An exact half is rounded down, which leaves the longer chunk to a later axis: rows are read, mostly.
	return 2 ** Math.ceil(Math.log2(share) - 0.5);
}

/** Raw bytes of one shard that {@link autoShardShape} does not exceed, but for a single chunk that is larger. */
const LARGEST_SHARD = 128 * 2 ** 20;

/**
 * The shard shape of an array that was created with `shardShape: "auto"`: whole chunks, together 64 to 128 MiB of raw bytes, as near to a
 * cube as the chunks allow, and no more chunks along an axis than the array has; an array below that is one shard.
 *
 * Again and again the axis along which the shard is shortest is doubled, of equal ones the last, or taken whole where less than that is
 * left, as long as the result is not too large. A shard is written as a whole, so its size is memory that every writer needs.
 * @param chunkShape at least 1 each
 * @returns multiples of `chunkShape`
 */
export function autoShardShape(
	shape: readonly number[],
	chunkShape: readonly number[],
	dtype: { readonly itemSize: number },
): number[] {
	const grid = shape.map((length, d) => Math.max(1, Math.ceil(length / (chunkShape[d] as number))));
	const shard = [...chunkShape];
	let bytes = chunkShape.reduce((product, length) => product * length, dtype.itemSize);
	for (;;) {
		const growths = shard.map((length, d) => {
			const chunks = length / (chunkShape[d] as number);
			return Math.min(2, (grid[d] as number) / chunks);
		});
		const fitting = growths.flatMap((growth, d) => (growth > 1 && bytes * growth <= LARGEST_SHARD ? [d] : []));
		const axis = fitting.reduceRight<number | undefined>(
			(best, d) => (best === undefined || (shard[d] as number) < (shard[best] as number) ? d : best),
			undefined,
		);
		if (axis === undefined) return shard;
		const growth = growths[axis] as number;
		shard[axis] = Math.round((shard[axis] as number) * growth);
		bytes *= growth;
	}
}

/** The largest chunk shape up to `wanted` that divides a shard. */
export function chunkShapeWithin(shard: readonly number[], wanted: readonly number[]): number[] {
	return shard.map((length, d) => {
		let parts = Math.ceil(length / (wanted[d] as number));
		while (length % parts !== 0) parts++;
		return length / parts;
	});
}
