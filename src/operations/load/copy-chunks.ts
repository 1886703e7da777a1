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
	const chunks = await fromRoot(options.signal, () => chunksToCopy(source, target, options));
	await runJob(runtime.engine, copyChunksJob([source, target], { chunks }), runtime.limits, options);
}

/**
 * The same for the chunks of these numbers, undefined for all, in this process: what a worker that is taken for lost has handed to the store may arrive there after
 * the call, over what was written since. An apply must not do that.
 */
export async function copyHere(
	runtime: Runtime,
	arrays: readonly [StoredArray, StoredArray],
	chunks: Float64Array | undefined,
	options: CallOptions,
): Promise<void> {
	const job = { ...copyChunksJob(arrays, { chunks }), spec: undefined };
	await runJob(runtime.engine, job, runtime.limits, options);
}

interface CopyDescription {
	/** Numbers of the chunks to copy; undefined for all. */
	readonly chunks: Float64Array | undefined;
}

/** More numbers than these are not sent to workers: they take 8 bytes each, at every one of them. */
const MOST_NUMBERS = 2 ** 20;

/** One task per chunk: read the object, write the object. */
export function copyChunksJob(
	arrays: readonly StoredArray[],
	description: CopyDescription,
): Job<Uint8Array | undefined> {
	const [source, target] = arrays as [StoredArray, StoredArray];
	const { chunks } = description;
	const plan = planWhole(source.metadata.shape, source.metadata.grid);
	const coordsOf = (n: number): number[] => plan.coords(chunks?.[n] ?? n);
	// Where a worker must ask the owner of a store for the bytes, the owner can as well copy them.
	const isElsewhere = arrays.every(({ backend }) => backend.spec !== undefined);
	const travels = isElsewhere && (chunks?.length ?? 0) <= MOST_NUMBERS;
	const spec = { operation: "copyChunks", stores: true, carries: true, arrays, description, chunk: coordsOf };
	return {
		count: chunks?.length ?? plan.count,
		sharing: "tasks",
		spec: travels ? spec : undefined,
		cost: () => source.chunkBytes,
		async run(n, signal) {
			const coords = coordsOf(n);
			const limit = objectLimit(source.formOf(coords).pipeline);
			return (await fetchObject(source, source.keyOf(coords), { signal, limit }))?.parts[0];
		},
		settle: (n, bytes, signal) => putCopy(target, coordsOf(n), bytes, signal),
	};
}

/** A chunk that the source does not have is removed. */
async function putCopy(
	target: StoredArray,
	coords: readonly number[],
	bytes: Uint8Array | undefined,
	signal: AbortSignal,
): Promise<void> {
	if (signal.aborted) throw aborted(signal);
	const key = target.keyOf(coords);
	if (bytes === undefined) await target.backend.delete([key], { signal });
	else await target.backend.put(key, bytes, { signal });
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
	const either = Float64Array.from(new Set([...there, ...wanted])).sort();
	return either.length === planWhole(source.metadata.shape, source.metadata.grid).count ? undefined : either;
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
