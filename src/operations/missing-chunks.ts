import { giveWay } from "../engine.js";
import { planWhole } from "../selection/plan.js";
import type { StoredArray } from "../stored-array.js";
import type { Runtime } from "./runtime.js";
import { storedSet } from "./stored-keys.js";

/** The coordinates of the chunks of the grid that are not stored, in row-major order. A store that cannot list is asked for each. */
export async function* missingChunks(
	{ limits }: Runtime,
	array: StoredArray,
	signal: AbortSignal | undefined,
): AsyncGenerator<readonly number[], void, undefined> {
	const plan = planWhole(array.metadata.shape, array.metadata.grid);
	if (!array.backend.supports.list) {
		for (let n = 0; n < plan.count; n += limits.concurrency) {
			const some = Array.from({ length: Math.min(limits.concurrency, plan.count - n) }, (_, i) => plan.coords(n + i));
			const found = await Promise.all(some.map((coords) => array.backend.head(array.keyOf(coords), { signal })));
			yield* some.filter((_, i) => found[i] === undefined);
		}
		return;
	}
	const stored = await storedSet(array, signal);
	for (let n = 0; n < plan.count; n++) {
		await giveWay();
		if (!stored.has(n)) yield plan.coords(n);
	}
}
