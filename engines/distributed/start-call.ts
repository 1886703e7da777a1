import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Job, JobSpec, Runner } from "../../src/engine.js";
import type { StoredArray } from "../../src/stored-array.js";
import { Call } from "./call.js";
import type { Hub } from "./hub.js";
import { failureOf } from "./redis.js";
import { makeReference } from "./reference.js";
import type { CallFields } from "./scripts.js";
import { VERSION } from "./version.js";

/** What tasks of a batch hold at once, where that is more than one of them (bytes). */
const BATCH_BYTES = 32 * 2 ** 20;

/** Makes a call of a job, and lets workers know what it is. */
export async function startCall<Result>(
	hub: Hub,
	job: Job<Result> & { readonly spec: JobSpec },
	{ concurrency, kernels }: { readonly concurrency: number; readonly kernels: string | undefined },
): Promise<Runner<Result>> {
	await hub.look().catch((error) => {
		throw failureOf(error, hub.settings);
	});
	const id = randomUUID();
	const { spec } = job;
	const shared = Math.floor(concurrency / Math.max(1, hub.slots));
	const lanes = Math.max(1, Math.min(shared, Math.floor(BATCH_BYTES / job.cost(0))));
	const made = await makeReference({ id, spec, kernels, lanes });
	const { name, backend } = spec.arrays.at(-1) as StoredArray;
	const fields: CallFields = {
		operation: spec.operation,
		dataset: name,
		store: backend.location,
		host: hostname(),
		pid: process.pid,
		version: VERSION,
		since: Date.now(),
		total: job.count,
		caller: hub.id,
	};
	const call = new Call({ hub, id, job, concurrency, made, fields });
	try {
		await call.publish();
		return call;
	} catch (error) {
		await made.unmark();
		throw error;
	}
}
