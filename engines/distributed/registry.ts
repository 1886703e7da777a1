/** Which workers there are: each says so every second. */
import type { Step } from "./scripts.js";

export interface KnownWorker {
	readonly id: string;
	readonly host: string;
	readonly pid: number;
	readonly version: string;
	/** Batches that it works on at once. */
	readonly concurrency: number;
	/** Calls that it works on now, one entry per batch. */
	readonly calls: readonly string[];
}

/** A worker that gave no sign of life for so long (ms) is gone. */
const WORKER_TTL = 4000;
const SET_TTL = 60_000;

export async function announceWorker({ redis, keys }: Step, worker: KnownWorker): Promise<void> {
	await redis
		.multi()
		.set(keys.worker(worker.id), JSON.stringify(worker), "PX", WORKER_TTL)
		.sadd(keys.workers, worker.id)
		.pexpire(keys.workers, SET_TTL)
		.exec();
}

export async function forgetWorker({ redis, keys }: Step, id: string): Promise<void> {
	await redis.multi().del(keys.worker(id)).srem(keys.workers, id).exec();
}

export async function listWorkers({ redis, keys }: Step): Promise<KnownWorker[]> {
	const ids = await redis.smembers(keys.workers);
	if (ids.length === 0) return [];
	const told = await redis.mget(ids.map((id) => keys.worker(id)));
	const gone = ids.filter((_, i) => told[i] === null);
	if (gone.length > 0) await redis.srem(keys.workers, ...gone);
	return told.flatMap((text) => (text === null ? [] : [JSON.parse(text as string) as KnownWorker]));
}
