import { type CallOptions, type Job, runJob, sharesMemory } from "../../engine.js";
import type { StoredArray } from "../../stored-array.js";
import type { Runtime } from "../runtime.js";
import type { CacheRoom } from "./chunk-cache.js";
import { giveBack, sharedChunks } from "./shared-chunk-cache.js";

/**
 * Runs a job that keeps decoded chunks of its inputs: their share of the memory budget, or what of it is free.
 * @param makeJob with the room that there is for each input
 */
export async function runCaching(
	{ engine, limits }: Runtime,
	inputs: readonly StoredArray[],
	makeJob: (caches: readonly CacheRoom[]) => Job | Promise<Job>,
	options: CallOptions,
): Promise<void> {
	const { cost, count } = await makeJob(inputs.map(() => ({ bytes: 0 })));
	// Every rank has a budget of its own.
	const workers = engine.workers / engine.world.size;
	const atOnce = Math.min(count, workers);
	const kept = limits.budget.keep(count === 0 ? 0 : atOnce * cost(0));
	const share = kept / inputs.length;
	const isShared = sharesMemory(engine) && atOnce > 1;
	const roomFor = (input: StoredArray): CacheRoom => ({
		bytes: share / workers,
		shared: isShared ? sharedChunks(input, share) : undefined,
	});
	try {
		const rooms = inputs.map(roomFor);
		await runJob(engine, await makeJob(rooms), limits, options);
		// After a failure a worker may still be at it.
		for (const { shared } of rooms) if (shared !== undefined) giveBack(shared);
	} finally {
		limits.budget.giveBack(kept);
	}
}
