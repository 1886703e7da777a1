/** A look at a queue from outside: which calls there are, how far they have come, and an end to them. */
import type { Redis } from "ioredis";
import { StoreError } from "../../src/errors.js";
import type { Logger } from "../../src/log.js";
import { keysOf } from "./keys.js";
import { placeOfQueue, type QueueOptions } from "./options.js";
import { openRedis } from "./redis.js";
import { type KnownWorker, listWorkers } from "./registry.js";
import { type CallState, cancelCall, type Step } from "./scripts.js";

export interface CallStatus {
	readonly id: string;
	readonly state: CallState;
	readonly operation: string;
	readonly dataset: string;
	readonly store: string;
	/** Chunks done, and in all. */
	readonly done: number;
	readonly total: number;
	/** Chunks begun again because a worker was lost. */
	readonly retries: number;
	/** Batches that workers have at hand. */
	readonly running: number;
	/** Hosts that work on it. */
	readonly hosts: readonly string[];
	/** The caller's. */
	readonly host: string;
	readonly pid: number;
	readonly version: string;
	/** When it began, by the caller's clock. */
	readonly since: Date;
	/** What it failed with. */
	readonly error: string | undefined;
}

export type WorkerStatus = Omit<KnownWorker, "calls"> & { readonly running: number };

export interface QueueView {
	calls(): Promise<CallStatus[]>;
	/** Undefined where there is none, or none any more. */
	call(id: string): Promise<CallStatus | undefined>;
	workers(): Promise<WorkerStatus[]>;
	/** Cancels a call, which rejects with ABORTED. @throws StoreError NOT_FOUND where there is none, or it is over */
	cancel(id: string): Promise<void>;
	close(): void;
}

/** @throws StoreError INVALID_ARGUMENT, UNAVAILABLE, FORBIDDEN or UNSUPPORTED */
export async function openQueue(options: QueueOptions & { readonly log: Logger }): Promise<QueueView> {
	const { log, ...place } = options;
	const checked = placeOfQueue(place);
	const redis = await openRedis(checked, log);
	const step: Step = { redis, keys: keysOf(checked.queue) };
	const one = async (id: string): Promise<CallStatus | undefined> => statusOf(step, id, await listWorkers(step));
	return {
		calls: () => allCalls(step),
		call: one,
		workers: async () =>
			(await listWorkers(step)).map(({ calls, ...worker }) => ({ ...worker, running: calls.length })),
		async cancel(id) {
			const state = await cancelCall(step, id, "by tesserae queue cancel");
			if (state === "open") return;
			const why = state === "gone" ? `there is no call ${id}` : `the call ${id} is over already (${state})`;
			throw new StoreError("NOT_FOUND", `${why}: tesserae queue lists those that there are`);
		},
		close: () => disconnect(redis),
	};
}

function disconnect(redis: Redis): void {
	redis.disconnect();
}

async function allCalls(step: Step): Promise<CallStatus[]> {
	const { redis, keys } = step;
	const ids = await redis.smembers(keys.calls);
	const workers = await listWorkers(step);
	const found = await Promise.all(ids.map((id) => statusOf(step, id, workers)));
	const gone = ids.filter((_, i) => found[i] === undefined);
	if (gone.length > 0) await redis.srem(keys.calls, ...gone);
	return found.filter((call) => call !== undefined).sort((a, b) => a.since.getTime() - b.since.getTime());
}

async function statusOf(
	{ redis, keys }: Step,
	id: string,
	workers: readonly KnownWorker[],
): Promise<CallStatus | undefined> {
	const told: Readonly<Record<string, string | undefined>> = await redis.hgetall(keys.call(id));
	if (told.state === undefined) return undefined;
	const { operation = "", dataset = "", store = "", host = "", version = "", error } = told;
	const number = (name: string): number => Number(told[name] ?? 0);
	return {
		id,
		state: told.state as CallState,
		...{ operation, dataset, store, host, version },
		...{ done: number("done"), total: number("total"), retries: number("retries"), pid: number("pid") },
		running: workers.reduce((n, { calls }) => n + calls.filter((call) => call === id).length, 0),
		hosts: [...new Set(workers.filter(({ calls }) => calls.includes(id)).map((worker) => worker.host))],
		since: new Date(number("since")),
		error: error || undefined,
	};
}
