/** What runs in a worker thread: makes jobs again from what the owner sent, and runs their tasks by number. */
import { setMaxListeners } from "node:events";
import { move, transferableSymbol, valueSymbol } from "piscina";
import type { Backend, BackendSpec } from "../../src/backend.js";
import type { Job } from "../../src/engine.js";
import { errorToPlain, StoreError } from "../../src/errors.js";
import { parseArrayText } from "../../src/format/array-text.js";
import { openSpec } from "../../src/open-spec.js";
import { makeJob } from "../../src/operations/jobs.js";
import { RangeTuner, type ReadTimes } from "../../src/range-tuner.js";
import { type StoredArray, storedArray } from "../../src/stored-array.js";
import { type CountsByOperation, difference } from "../../src/wrap/counts.js";
import { meter } from "../../src/wrap/meter.js";
import { inLanes } from "./in-lanes.js";
import { count } from "./memory.js";
import {
	type ArrayReference,
	type Batch,
	type BatchResult,
	type ObjectAnswer,
	type Reply,
	type SharedJob,
	sharedMemoryOf,
	type TaskResult,
} from "./messages.js";
import { listen } from "./news.js";
import { servedBackend } from "./served-backend.js";

interface OpenJob {
	readonly job: Job;
	readonly stop: Int32Array;
	readonly abort: AbortController;
	/** Objects of the first array's store that came along with the batches at work. */
	readonly known: Map<string, ObjectAnswer>;
	/** What was asked of each array's store since the last call; undefined where its owner served it. */
	takeCounts(): (Partial<CountsByOperation> | undefined)[];
	/** What reads took, likewise. */
	takeTimes(): (ReadTimes | undefined)[];
}

const jobs = new Map<number, Promise<OpenJob>>();

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
		jobs.set(number, openJob(shared));
	}
	const results = new Array<TaskResult>(tasks.length);
	let job: OpenJob;
	try {
		job = await (jobs.get(number) as Promise<OpenJob>);
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
async function runTask({ job, stop, abort }: OpenJob, task: number, attached: unknown): Promise<TaskResult> {
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

async function openJob({ operation, arrays, description, stop }: SharedJob): Promise<OpenJob> {
	const known = new Map<string, ObjectAnswer>();
	const opened = await Promise.all(arrays.map((array, i) => openArray(array, i === 0 ? known : NONE)));
	const job = await makeJob({ operation, arrays: opened.map(({ array }) => array), description });
	const abort = new AbortController();
	// Every task of the job may listen; Node takes more than ten listeners for a leak.
	setMaxListeners(0, abort.signal);
	return {
		job,
		stop,
		abort,
		known,
		takeCounts: () => opened.map(({ takeCounts }) => takeCounts()),
		takeTimes: () => opened.map(({ takeTimes }) => takeTimes()),
	};
}

interface OpenArray {
	readonly array: StoredArray;
	takeCounts(): Partial<CountsByOperation> | undefined;
	takeTimes(): ReadTimes | undefined;
}

const NONE: ReadonlyMap<string, ObjectAnswer> = new Map();

async function openArray(
	{ backend, name, metadata, singleWriter, ranges }: ArrayReference,
	known: ReadonlyMap<string, ObjectAnswer>,
): Promise<OpenArray> {
	const node = parseArrayText(metadata, name);
	if (node.nodeType !== "array") throw new StoreError("INTERNAL", `${name} came as a group`);
	const options = { singleWriter, tuner: new RangeTuner(ranges) };
	if (backend.kind === "served")
		return {
			array: storedArray(servedBackend(backend, known), name, node.array, options),
			takeCounts: () => undefined,
			takeTimes: () => undefined,
		};
	const metered = meter(await reopen(backend.spec));
	let told = metered.snapshot().byOperation;
	return {
		array: storedArray(metered.backend, name, node.array, options),
		takeTimes: () => options.tuner.take(),
		takeCounts() {
			const now = metered.snapshot().byOperation;
			const since = difference(now, told);
			told = now;
			return since;
		},
	};
}

/** Stores that this thread has open; one per place. */
const backends = new Map<string, Promise<Backend>>();

function reopen(spec: BackendSpec): Promise<Backend> {
	const place = JSON.stringify(spec);
	let backend = backends.get(place);
	if (backend === undefined) {
		backend = openSpec(spec);
		backends.set(place, backend);
	}
	return backend;
}
