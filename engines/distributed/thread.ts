/** What runs in a thread of a worker: makes jobs again, looks whether the store is the caller's, runs tasks, and stores. */
import { serialize } from "node:v8";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { errorToPlain, isStoreError, StoreError } from "../../src/errors.js";
import { inLanes } from "../shared/in-lanes.js";
import { closeStores, type OpenJob, openJob } from "../shared/open-job.js";
import type { TaskResult } from "../shared/references.js";
import { checkIdentity } from "./identity.js";
import { findKernel } from "./kernel-reference.js";
import { Control, type FromThread, type ThreadData, type ToThread } from "./thread-messages.js";
import { type CallReference, LARGEST_RESULT } from "./wire.js";

const { control: memory, kernels, host } = workerData as ThreadData;
const control = new Control(memory);
const port = parentPort as MessagePort;

interface KnownCall extends OpenJob, Pick<CallReference, "stores" | "lanes"> {}

const calls = new Map<string, Promise<KnownCall>>();
/** The call whose batch is at work. */
let current: KnownCall | undefined;

port.on("message", (message: ToThread) => {
	if (message.kind === "run") void runBatch(message);
	else if (message.kind === "forget") calls.delete(message.call);
	else current?.abort.abort();
});

async function runBatch({ call, reference, tasks }: Extract<ToThread, { kind: "run" }>): Promise<void> {
	const began = performance.now();
	const tell = (message: FromThread): void => port.postMessage(message);
	try {
		if (reference !== undefined) calls.set(call, openCall(reference));
		const known = await (calls.get(call) as Promise<KnownCall>);
		current = known;
		await inLanes(tasks.length, known.lanes, async (i) => {
			const task = tasks[i] as number;
			const result = await runTask(known, task);
			tell({ kind: "outcome", ...weighed(task, result) });
		});
	} catch (error) {
		calls.delete(call);
		for (const task of tasks) tell({ kind: "outcome", outcome: [task, { error: errorToPlain(error) }], bytes: 0 });
	}
	const forgot = current === undefined || current.abort.signal.aborted;
	if (forgot) calls.delete(call);
	const [counts, times] = [current?.takeCounts() ?? [], current?.takeTimes() ?? []];
	current = undefined;
	tell({ kind: "ended", ended: { took: performance.now() - began, counts, times }, forgot });
}

/** Stores that are open from earlier calls may be of a place that holds another one by now: before a refusal they are opened anew. */
async function openCall(reference: CallReference): Promise<KnownCall> {
	try {
		return await openChecked(reference);
	} catch (error) {
		if (!isStoreError(error, "CONFLICT") && !isStoreError(error, "NOT_FOUND")) throw error;
		calls.clear();
		await closeStores();
		return openChecked(reference);
	}
}

async function openChecked(reference: CallReference): Promise<KnownCall> {
	const { kernel, identities, stores, lanes } = reference;
	const description = kernel === undefined ? reference.description : await withKernel(reference, kernel);
	const refuse = (): never => {
		throw new StoreError("INTERNAL", "a store that only its owner can open was sent to another host");
	};
	const open = await openJob({ ...reference, description }, refuse);
	for (const [i, array] of open.arrays.entries()) {
		const identity = identities[i];
		if (identity !== undefined) await checkIdentity(array, identity, host);
	}
	return { ...open, stores, lanes };
}

async function withKernel(
	{ description }: CallReference,
	kernel: NonNullable<CallReference["kernel"]>,
): Promise<unknown> {
	const work = description as { readonly kernel: object };
	return { ...work, kernel: { ...work.kernel, module: await findKernel(kernel, kernels, host) } };
}

/** A task that fails takes the others of its batch with it, for the call has failed. */
async function runTask({ job, abort, stores }: KnownCall, task: number): Promise<TaskResult> {
	const { signal } = abort;
	try {
		checkOurs(abort);
		const value = await job.run(task, signal);
		if (!stores) return { value };
		checkOurs(abort);
		await job.settle(task, value, signal);
		return { value: undefined };
	} catch (error) {
		abort.abort();
		return { error: errorToPlain(error) };
	}
}

function checkOurs({ signal }: AbortController): void {
	if (signal.aborted || control.isStopped) throw new StoreError("ABORTED", "the call was cancelled");
	if (!control.isOurs)
		throw new StoreError("WORKER_LOST", "the batch was taken from this worker, which did not answer for too long");
}

/** A result, with the bytes that it takes on its way; one that takes too many is none. */
function weighed(
	task: number,
	result: TaskResult,
): Pick<Extract<FromThread, { kind: "outcome" }>, "outcome" | "bytes"> {
	if (!("value" in result) || result.value === undefined) return { outcome: [task, result], bytes: 0 };
	const bytes = serialize(result.value).byteLength;
	if (bytes <= LARGEST_RESULT) return { outcome: [task, result], bytes };
	const error = new StoreError(
		"TOO_LARGE",
		`the partial result of a chunk takes ${bytes} bytes, more than the ${LARGEST_RESULT} that come back through Redis: use smaller chunks, make less of each, or another engine`,
	);
	return { outcome: [task, { error: errorToPlain(error) }], bytes: 0 };
}
