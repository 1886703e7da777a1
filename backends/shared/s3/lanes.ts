/** Runs `work` for every item, `count` at a time; after a failure for no more of them. Rejects once all that had begun has ended. */
export async function inLanes<T, R>(
	items: readonly T[],
	count: number,
	work: (item: T, i: number) => Promise<R>,
): Promise<R[]> {
	const results = new Array<R>(items.length);
	const failures: unknown[] = [];
	let next = 0;
	const lane = async (): Promise<void> => {
		while (next < items.length && failures.length === 0) {
			const i = next++;
			try {
				results[i] = await work(items[i] as T, i);
			} catch (error) {
				failures.push(error);
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(count, items.length) }, lane));
	if (failures.length > 0) throw failures[0];
	return results;
}
