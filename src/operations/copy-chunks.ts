import { type CallOptions, type Job, runJob } from "../engine.js";
import { chunkPrefix, metadataKeys } from "../format/names.js";
import type { StoredArray } from "../stored-array.js";
import { removePrefix } from "./hierarchy.js";
import { storedChunks } from "./resize.js";
import type { Runtime } from "./runtime.js";

/** Copies every stored chunk, as bytes, to an array of the same metadata. */
export async function copyChunks(
	runtime: Runtime,
	source: StoredArray,
	target: StoredArray,
	options: CallOptions,
): Promise<void> {
	const stored: number[][] = [];
	for await (const coords of storedChunks(source, options.signal)) stored.push(coords);
	const job: Job<void> = {
		count: stored.length,
		spec: undefined,
		cost: () => source.chunkBytes,
		async run(n, signal) {
			const coords = stored[n] as number[];
			const fetched = await source.backend.get(source.keyOf(coords), { signal });
			if (fetched !== undefined)
				await target.backend.put(target.keyOf(coords), fetched.parts[0] as Uint8Array, { signal });
		},
		settle: () => undefined,
	};
	await runJob(runtime.engine, job, runtime.limits, options);
}

/** Removes every chunk, so that all values are the fill value. */
export async function removeChunks(array: StoredArray, signal: AbortSignal | undefined): Promise<void> {
	const kept = metadataKeys(array.name);
	await removePrefix(array.backend, chunkPrefix(array.name), signal, (key) => kept.includes(key));
}
