/** Calls `work` with 0, 1, … in order, `lanes` of them at once. Rejects with the first failure; the other lanes go on. */
export async function inLanes(count: number, lanes: number, work: (i: number) => Promise<void>): Promise<void> {
	let next = 0;
	const lane = async (): Promise<void> => {
		while (next < count) await work(next++);
	};
	await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}
