import { fetchObject, objectLimit } from "../../chunk-source.js";
import { isSameEncoding } from "../../codecs/same-encoding.js";
import { type CallOptions, type Job, runJob } from "../../engine.js";
import { aborted } from "../../errors.js";
import { chunkPrefix, metadataKeys } from "../../format/names.js";
import { planWhole } from "../../selection/plan.js";
import { definesFill, type StoredArray } from "../../stored-array.js";
import { byRoot, callOf, fromRoot, shareOf, together } from "../../world.js";
import { headerKey } from "../apply/ledger.js";
import { DELETE_BATCH, keysBelow, removePrefix } from "../hierarchy/hierarchy.js";
import { isBeingTrimmed } from "../resize.js";
import type { Runtime } from "../runtime.js";
import { storedNumbers } from "../stored-keys.js";

/** Whether the stored chunks of one array are, byte for byte, chunks of the other, and those that are not stored mean the same. */
export function sharesChunks(source: StoredArray, target: StoredArray): boolean {
	return (
		String(source.metadata.shape) === String(target.metadata.shape) &&
		isSameEncoding(source.metadata, target.metadata) &&
		(definesFill(target) || !definesFill(source)) &&
		!isBeingTrimmed(source.metadata)
	);
}

interface CopyOptions extends CallOptions {
	/** Chunks that the target has already are kept. */
	readonly resume?: boolean | undefined;
}

/** Makes the stored chunks of `target` those of `source`, as bytes: nothing is decoded. See {@link sharesChunks}. */
export async function copyChunks(
	runtime: Runtime,
	source: StoredArray,
	target: StoredArray,
	options: CopyOptions,
): Promise<void> {
	const numbers = await fromRoot(options.signal, () => chunksToCopy(source, target, options));
	await copyNumbered(runtime, [source, target], numbers, options);
}

/** The same for the chunks of these numbers; undefined for all of the grid. */
export async function copyNumbered(
	runtime: Runtime,
	[source, target]: readonly [StoredArray, StoredArray],
	numbers: Float64Array | undefined,
	options: CallOptions,
): Promise<void> {
	const grid = planWhole(source.metadata.shape, source.metadata.grid);
	const job: Job<void> = {
		count: numbers?.length ?? grid.count,
		sharing: "tasks",
		spec: undefined,
		cost: () => source.chunkBytes,
		run: (n, signal) => copyChunk(source, target, grid.coords(numbers?.[n] ?? n), signal),
		settle: () => undefined,
	};
	await runJob(runtime.engine, job, runtime.limits, options);
}

/** A chunk that the source does not have is removed. */
async function copyChunk(
	source: StoredArray,
	target: StoredArray,
	coords: readonly number[],
	signal: AbortSignal,
): Promise<void> {
	const limit = objectLimit(source.formOf(coords).pipeline);
	const fetched = await fetchObject(source, source.keyOf(coords), { signal, limit });
	if (signal.aborted) throw aborted(signal);
	const key = target.keyOf(coords);
	if (fetched === undefined) await target.backend.delete([key], { signal });
	else await target.backend.put(key, fetched.parts[0] as Uint8Array, { signal });
}

/** Numbers of the chunks that either has, in ascending order, without those that stay; undefined for all of the grid. */
async function chunksToCopy(
	source: StoredArray,
	target: StoredArray,
	{ resume = false, signal }: CopyOptions,
): Promise<Float64Array | undefined> {
	const there = new Set<number>();
	if (target.backend.supports.list) for await (const number of storedNumbers(target, signal)) there.add(number);
	const isListed = source.backend.supports.list && target.backend.supports.list;
	if (!isListed && !resume) return undefined;
	const wanted: number[] = [];
	if (source.backend.supports.list) for await (const number of storedNumbers(source, signal)) wanted.push(number);
	else {
		const { count } = planWhole(source.metadata.shape, source.metadata.grid);
		for (let n = 0; n < count; n++) wanted.push(n);
	}
	if (resume) return Float64Array.from(wanted.filter((number) => !there.has(number))).sort();
	return Float64Array.from(new Set([...there, ...wanted])).sort();
}

/** Removes every chunk, so that all values are the fill value. */
export async function removeChunks(array: StoredArray, signal: AbortSignal | undefined): Promise<void> {
	const kept = metadataKeys(array.name);
	const isKept = (key: string): boolean => kept.includes(key);
	// An apply that was interrupted has nothing to go on with then; without its records it could not know.
	await byRoot(
		signal,
		() => array.backend.delete([headerKey(array.name)], { signal }),
		async () => {},
	);
	const world = callOf(signal)?.world;
	if (world === undefined) return removePrefix(array.backend, chunkPrefix(array.name), signal, isKept);
	// Root lists, since a listing changes while others delete.
	const batches = keysBelow(array.backend, chunkPrefix(array.name), {
		signal,
		isKept,
		length: DELETE_BATCH * world.size,
	});
	for (;;) {
		const keys = await fromRoot(signal, async () => (await batches.next()).value);
		if (keys === undefined) return;
		const { begin, end } = shareOf(keys.length, world);
		await together(signal, (stop) => array.backend.delete(keys.slice(begin, end), { signal: stop }));
	}
}
