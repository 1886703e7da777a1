import type { Hub } from "./hub.js";
import { batchId } from "./keys.js";
import type { BatchData } from "./wire.js";

/** Times that a batch is tried where the store fails in a way that passes, and the first pause between two (ms). */
const ATTEMPTS = 4;
const BACK_OFF = 250;

/** Puts batches where the next worker finds them. One that is there already stays as it is. */
export async function queueBatches({ batches }: Hub, operation: string, all: readonly BatchData[]): Promise<void> {
	const jobs = all.map((data) => ({
		name: operation,
		data,
		opts: {
			jobId: batchId(data.call, data.batch),
			attempts: ATTEMPTS,
			backoff: { type: "exponential", delay: BACK_OFF },
			removeOnComplete: true,
			removeOnFail: true,
			stackTraceLimit: 1,
		},
	}));
	await batches.addBulk(jobs);
}
