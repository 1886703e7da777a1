/** Some of the tasks of a job, and who does them. */
interface Share {
	readonly begin: number;
	readonly end: number;
	/** Tasks that are worked on at once. */
	readonly workers: number;
}

/** The last task to end keeps the others waiting for less than this part of all the work: their order does not matter, and neighbours share what they read. */
const NEGLIGIBLE = 1 / 64;
/** Among so many tasks none is large. */
const MANY = 2 ** 16;

/**
 * The order in which to begin tasks so that no large one is left for the end, when there is nothing else to do beside it. Undefined for the order of
 * their numbers, where the tasks are alike, or none is large against what each worker has to do.
 */
export function largestFirst(
	weigh: ((n: number) => number) | undefined,
	{ begin, end, workers }: Share,
): Uint32Array | undefined {
	if (weigh === undefined || workers === 1 || end - begin > MANY) return undefined;
	const weights = Float64Array.from({ length: end - begin }, (_, i) => weigh(begin + i));
	const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
	const all = weights.reduce((sum, weight) => sum + weight, 0);
	if (largest * workers < all * NEGLIGIBLE || weights.every((weight) => weight === largest)) return undefined;
	const order = Uint32Array.from(weights, (_, i) => begin + i);
	return order.sort((a, b) => (weights[b - begin] as number) - (weights[a - begin] as number) || a - b);
}
