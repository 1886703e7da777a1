/** Removes what callers that were killed have left in a queue. */
import type { Queue } from "bullmq";
import type { Step } from "./scripts.js";
import type { BatchData } from "./wire.js";

/** Batches looked at: a caller has only few waiting at a time. */
const LOOKED_AT = 1000;

export async function sweepQueue({ redis, keys }: Step, batches: Queue<BatchData, void, string>): Promise<void> {
	const waiting = await batches.getJobs(["waiting", "delayed"], 0, LOOKED_AT);
	// A job that is taken meanwhile is no longer there.
	const found = waiting.filter((job) => job !== undefined);
	const ids = [...new Set([...found.map(({ data }) => data.call), ...(await redis.smembers(keys.calls))])];
	if (ids.length === 0) return;
	const there = await Promise.all(ids.map((id) => redis.exists(keys.call(id))));
	const gone = ids.filter((_, i) => there[i] === 0);
	if (gone.length === 0) return;
	await redis.srem(keys.calls, ...gone);
	for (const job of found) if (gone.includes(job.data.call)) await batches.remove(job.id as string);
}
