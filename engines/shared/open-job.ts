/** Jobs where they run: made again of what came from their owner. */
import { setMaxListeners } from "node:events";
import type { Backend, BackendSpec } from "../../src/backend.js";
import type { Job } from "../../src/engine.js";
import { StoreError } from "../../src/errors.js";
import { parseArrayText } from "../../src/format/array-text.js";
import { openSpec } from "../../src/open-spec.js";
import { makeJob } from "../../src/operations/jobs.js";
import { RangeTuner, type ReadTimes } from "../../src/range-tuner.js";
import { type StoredArray, storedArray } from "../../src/stored-array.js";
import { type CountsByOperation, difference } from "../../src/wrap/counts.js";
import { meter } from "../../src/wrap/meter.js";
import type { ArrayReference, BackendReference, JobReference } from "./references.js";

export interface OpenJob {
	readonly job: Job;
	/** Its arrays, in their order. */
	readonly arrays: readonly StoredArray[];
	/** Stops its tasks. */
	readonly abort: AbortController;
	/** What was asked of each array's store since the last call; undefined where its owner served it. */
	takeCounts(): (Partial<CountsByOperation> | undefined)[];
	/** What reads took, likewise. */
	takeTimes(): (ReadTimes | undefined)[];
}

type ServedReference = Extract<BackendReference, { kind: "served" }>;

/** @param openServed opens a store that its owner serves; `i` is the number of the array among those of the job */
export async function openJob(
	{ operation, arrays, description }: JobReference,
	openServed: (reference: ServedReference, i: number) => Backend,
): Promise<OpenJob> {
	const opened = await Promise.all(arrays.map((array, i) => openArray(array, (served) => openServed(served, i))));
	const job = await makeJob({ operation, arrays: opened.map(({ array }) => array), description });
	const abort = new AbortController();
	// Every task of the job may listen; Node takes more than ten listeners for a leak.
	setMaxListeners(0, abort.signal);
	return {
		job,
		arrays: opened.map(({ array }) => array),
		abort,
		takeCounts: () => opened.map(({ takeCounts }) => takeCounts()),
		takeTimes: () => opened.map(({ takeTimes }) => takeTimes()),
	};
}

interface OpenArray {
	readonly array: StoredArray;
	takeCounts(): Partial<CountsByOperation> | undefined;
	takeTimes(): ReadTimes | undefined;
}

async function openArray(
	{ backend, name, metadata, singleWriter, ranges }: ArrayReference,
	openServed: (reference: ServedReference) => Backend,
): Promise<OpenArray> {
	const node = parseArrayText(metadata, name);
	if (node.nodeType !== "array") throw new StoreError("INTERNAL", `${name} came as a group`);
	const options = { singleWriter, tuner: new RangeTuner(ranges) };
	if (backend.kind === "served")
		return {
			array: storedArray(openServed(backend), name, node.array, options),
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

/** Stores that this thread or process has open; one per place. */
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

/** Closes every store that is open here; jobs made so far are over. */
export async function closeStores(): Promise<void> {
	const open = [...backends.values()];
	backends.clear();
	for (const backend of await Promise.allSettled(open)) if (backend.status === "fulfilled") await backend.value.close();
}
