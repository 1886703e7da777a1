/** Giving up damaged chunks: all that can be done about them, for what they held is nowhere else. */
import type { StoredArray } from "../../stored-array.js";
import { filledChunk, validShape } from "../../stored-array.js";
import { type Finding, type Fix, keep, replaceVersion } from "./verification.js";

/** A stored object that is damaged, or that holds damaged inner chunks. */
export interface DamagedChunk {
	readonly coords: readonly number[];
	readonly etag: string;
	readonly findings: readonly Finding[];
	/** Of a shard whose index is readable: stored inner chunks. */
	readonly inner: number | undefined;
}

/** @param drops the caller accepts that values are lost */
export function chunkFix(array: StoredArray, chunk: DamagedChunk, drops: boolean): Fix {
	const key = array.keyOf(chunk.coords);
	const { run, action, message } = chunk.inner === undefined ? dropAll(array, chunk) : dropInner(array, chunk);
	return drops ? { action, key, message, run } : keep(key, `${message}; that takes dropCorrupt (--drop-corrupt)`);
}

function dropAll(array: StoredArray, { coords, etag }: DamagedChunk): Omit<Fix, "key"> {
	const count = validShape(array, coords).reduce((product, length) => product * length, 1);
	const lost = `its ${count} elements, which are lost, would read as fill value`;
	const why =
		array.largest.pipeline.innerShape === undefined
			? "a damaged chunk cannot be derived from anything else"
			: "the index is the only record of which inner chunk lies where, so none can be carried over";
	const run = (signal: AbortSignal | undefined): Promise<boolean> =>
		replaceVersion(array, { key: array.keyOf(coords), etag }, undefined, signal);
	return { action: "delete", message: `${why}: ${lost}`, run };
}

function dropInner(array: StoredArray, chunk: DamagedChunk): Omit<Fix, "key"> {
	const { findings, inner = 0 } = chunk;
	const size = array.largest.pipeline.innerShape?.reduce((product, length) => product * length, 1) ?? 0;
	const readable = inner - findings.length;
	const lost = `up to ${findings.length * size} elements, which are lost, would read as fill value`;
	const message = `${findings.length} damaged inner ${findings.length === 1 ? "chunk" : "chunks"} given up, ${readable} carried over as they are: ${lost}`;
	return { action: readable === 0 ? "delete" : "rewrite", message, run: (signal) => rewrite(array, chunk, signal) };
}

/** Stores the shard without its damaged inner chunks. */
async function rewrite(
	array: StoredArray,
	{ coords, etag, findings }: DamagedChunk,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	const key = array.keyOf(coords);
	const fetched = await array.backend.get(key, { fresh: true, signal });
	if (fetched?.etag !== etag) return false;
	const damaged = new Set(findings.map(({ inner }) => String(inner)));
	const { pipeline, spec } = array.formOf(coords);
	const bytes = await pipeline.parts?.encodeFrom(
		filledChunk(spec),
		(part) => damaged.has(String(part)),
		fetched.parts[0],
	);
	return replaceVersion(array, { key, etag }, bytes, signal);
}
