/** What runs in a worker thread: makes jobs again from what the owner sent, and runs their tasks by number. */
import { move, transferableSymbol, valueSymbol } from "piscina";
import { errorToPlain, StoreError } from "../../src/errors.js";
import { inLanes } from "../shared/in-lanes.js";
import { type OpenJob, openJob } from "../shared/open-job.js";
import type { TaskResult } from "../shared/references.js";
import { count } from "./memory.js";
import {
	type Batch,
	type BatchResult,
	type ObjectAnswer,
	type Reply,
	type SharedJob,
	sharedMemoryOf,
} from "./messages.js";
import { listen } from "./news.js";
import { servedBackend } from "./served-backend.js";

interface KnownJob extends OpenJob {
	readonly stop: Int32Array;
	/** Objects of the first array's store that came along with the batches at work. */
	readonly known: Map<string, ObjectAnswer>;
}

const jobs = new Map<number, Promise<KnownJob>>();

listen((news) => {
	if (news.event === "finished") jobs.delete(news.job);
	else void jobs.get(news.job)?.then(({ abort }) => abort.abort());
});

/** Runs a batch of tasks at once, so that waiting for the store overlaps. Failures are results: they belong to their task. */
export async function runBatch(batch: Batch): Promise<Reply> {
	const began = performance.now();
	const { job: number, shared, tasks, lanes, attached, objects } = batch;
	countMemory(batch);
	if (!jobs.has(number)) {
		if (shared === undefined) return undefined;
		jobs.set(number, openKnown(shared));
	}
	const results = new Array<TaskResult>(tasks.length);
	let job: KnownJob;
	try {
		job = await (jobs.get(number) as Promise<KnownJob>);
	} catch (error) {
		return { results: results.fill({ error: errorToPlain(error) }), counts: [], times: [], took: 0 };
	}
	for (const [key, answer] of objects) job.known.set(key, answer);
	await inLanes(tasks.length, lanes, async (i) => {
		results[i] = await runTask(job, tasks[i] as number, attached?.[i]);
	});
	for (const [key] of objects) job.known.delete(key);
	const [counts, times] = [job.takeCounts(), job.takeTimes()];
	return transferred({ results, counts, times, took: performance.now() - began });
}

/** Lets garbage collection here know of the shared memory that came along, else that of past jobs would pile up. */
function countMemory({ memory, ...batch }: Batch): void {
	let next = 0;
	for (const shared of sharedMemoryOf(batch)) count(memory[next++] as number, shared);
}

/** A task that fails takes the others of its job with it, for the job has failed. */
async function runTask({ job, stop, abort }: KnownJob, task: number, attached: unknown): Promise<TaskResult> {
	try {
		if (Atomics.load(stop, 0) === 1) abort.abort();
		if (abort.signal.aborted) throw new StoreError("ABORTED", "the call was cancelled");
		return { value: await job.run(task, abort.signal, attached) };
	} catch (error) {
		abort.abort();
		return { error: errorToPlain(error) };
	}
}

/** Memory that only the results hold changes owner rather than being copied. */
function transferred(batch: BatchResult): BatchResult {
	const buffers = batch.results.flatMap((result) => ("value" in result ? ownedBuffers(result.value) : []));
	return move({ [valueSymbol]: batch, [transferableSymbol]: buffers } as never) as unknown as BatchResult;
}

function ownedBuffers(value: unknown): ArrayBuffer[] {
	const bytes = ArrayBuffer.isView(value) ? value : (value as { readonly bytes?: unknown } | undefined)?.bytes;
	if (!ArrayBuffer.isView(bytes) || !(bytes.buffer instanceof ArrayBuffer)) return [];
	return bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer] : [];
}

const NONE: ReadonlyMap<string, ObjectAnswer> = new Map();

async function openKnown(shared: SharedJob): Promise<KnownJob> {
	const known = new Map<string, ObjectAnswer>();
	const open = await openJob(shared, (served, i) => servedBackend(served, i === 0 ? known : NONE));
	return { ...open, stop: shared.stop, known };
}
