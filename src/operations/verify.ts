/** Verifying what is stored of an array: every chunk is read and decoded, every other object under its name is reported. */
import { ChunkMemory } from "../chunk-read.js";
import { type CallOptions, giveWay, type Job, runJob } from "../engine.js";
import { isStoreError } from "../errors.js";
import { parseChunkKey } from "../format/chunk-keys.js";
import type { ArrayMetadata, CodecMetadata } from "../format/metadata.js";
import { parseCodecs } from "../format/metadata-members.js";
import { chunkPrefix, metadataKeys } from "../format/names.js";
import { Recycler } from "../recycler.js";
import { type Plan, planWhole } from "../selection/plan.js";
import { type StoredArray, storedArray } from "../stored-array.js";
import { readArray } from "./hierarchy.js";
import type { Runtime } from "./runtime.js";

/** One thing that is wrong with what is stored. */
export interface Finding {
	/**
	 * `truncated`: a chunk with fewer bytes than any of its kind has. `corrupt`: a chunk that does not decode, which is also how a compressed
	 * one looks that was cut. `orphaned`: an object under the dataset's name that is no chunk of its grid.
	 */
	readonly kind: "truncated" | "corrupt" | "orphaned";
	readonly key: string;
	/** Coordinates in the chunk grid; undefined for an orphan. */
	readonly chunk: readonly number[] | undefined;
	/** Bytes of the stored object; undefined where it could not be fetched. */
	readonly bytes: number | undefined;
	/** What was wrong, for people. */
	readonly message: string;
}

/** What `verify` found. */
export interface Verification {
	/** The dataset's name. */
	readonly dataset: string;
	/** Nothing is wrong. */
	readonly ok: boolean;
	/** Chunks of the grid: those that are stored, and those that are not and read as fill value. */
	readonly chunks: number;
	readonly stored: number;
	readonly missing: number;
	/** Bytes of the stored chunks, as they are encoded. */
	readonly bytes: number;
	/**
	 * True where the codecs keep a checksum, so that any changed byte is found. False where only lengths, and what a decompressor
	 * notices, could be checked.
	 */
	readonly checksums: boolean;
	/** Chunks in row-major order, then orphans by key. */
	readonly findings: readonly Finding[];
}

/**
 * Reads and decodes every stored chunk of an array as its metadata is now. A store that lists its keys is asked for those that are there; of another
 * every chunk of the grid is.
 * @throws StoreError for every failure but a damaged chunk: what could not be read was not verified
 */
export async function verifyArray(runtime: Runtime, opened: StoredArray, options: CallOptions): Promise<Verification> {
	const { backend, name, singleWriter } = opened;
	const { metadata } = await readArray(backend, name, options.signal);
	const array = storedArray(backend, name, metadata, { singleWriter });
	const grid = planWhole(metadata.shape, metadata.chunkShape);
	const { chunks, orphans } = await listObjects(array, grid, options.signal);
	const damaged = new Map<number, Finding>();
	let stored = 0;
	let bytes = 0;
	const settle = (n: number, checked: Checked | undefined): undefined => {
		if (checked === undefined) return;
		stored++;
		bytes += checked.bytes ?? 0;
		if (checked.finding !== undefined) damaged.set(n, checked.finding);
	};
	await runJob(runtime.engine, { ...verifyJob([array], { chunks }), settle }, runtime.limits, options);
	const inOrder = [...damaged].sort(([a], [b]) => a - b).map(([, finding]) => finding);
	const findings = [...inOrder, ...(await confirmOrphans(array, orphans, options.signal))];
	const checksums = metadata.codecs.some(keepsChecksum);
	return {
		dataset: name,
		ok: findings.length === 0,
		chunks: grid.count,
		stored,
		missing: grid.count - stored,
		bytes,
		checksums,
		findings,
	};
}

interface VerifyDescription {
	/** Numbers of the chunks to read, in ascending order; undefined for all of the grid. */
	readonly chunks: Float64Array | undefined;
}

/** What became of one chunk. */
interface Checked {
	readonly bytes: number | undefined;
	readonly finding: Finding | undefined;
}

/** One task per chunk: fetch and decode; undefined where it is not stored. */
export function verifyJob(arrays: readonly StoredArray[], { chunks }: VerifyDescription): Job<Checked | undefined> {
	const array = arrays[0] as StoredArray;
	const grid = planWhole(array.metadata.shape, array.metadata.chunkShape);
	const scratch = new Recycler(() => new ChunkMemory());
	return {
		count: chunks?.length ?? grid.count,
		spec: { operation: "verify", arrays, description: { chunks } },
		cost: () => 2 * array.chunkBytes,
		run: (n, signal) => checkChunk(array, grid.coords(chunks?.[n] ?? n), { signal, scratch }),
		settle: () => undefined,
	};
}

async function checkChunk(
	array: StoredArray,
	chunk: readonly number[],
	{ signal, scratch }: { readonly signal: AbortSignal; readonly scratch: Recycler<ChunkMemory> },
): Promise<Checked | undefined> {
	const key = array.keyOf(chunk);
	const memory = scratch.take();
	let bytes: number | undefined;
	try {
		const into = array.backend.supports.readsInto ? memory.encoded() : undefined;
		const fetched = await array.backend.get(key, { signal, into, fresh: true });
		if (fetched === undefined) return undefined;
		bytes = fetched.size;
		memory.note(bytes);
		await array.pipeline.decode(fetched.parts[0] as Uint8Array, (length) => memory.decoded(length));
		return { bytes, finding: undefined };
	} catch (error) {
		if (!isStoreError(error, "CORRUPT")) throw error;
		const kind = isTruncated(array, bytes) ? "truncated" : "corrupt";
		return { bytes, finding: { kind, key, chunk, bytes, message: error.message } };
	} finally {
		scratch.give(memory);
	}
}

/** Whether the length alone tells: only encodings of a fixed size have one. */
function isTruncated({ pipeline }: StoredArray, bytes: number | undefined): boolean {
	return bytes !== undefined && bytes < (pipeline.encodedSize ?? 1);
}

interface Listed {
	/** Numbers of the stored chunks in ascending order; undefined where the store cannot tell. */
	readonly chunks: Float64Array | undefined;
	readonly orphans: readonly Orphan[];
}

interface Orphan {
	readonly key: string;
	readonly bytes: number;
}

async function listObjects(array: StoredArray, grid: Plan, signal: AbortSignal | undefined): Promise<Listed> {
	if (!array.backend.supports.list) return { chunks: undefined, orphans: [] };
	const numbers: number[] = [];
	const orphans: Orphan[] = [];
	const ownKeys = metadataKeys(array.name);
	const numberOf = chunkNumbers(array, array.metadata);
	for await (const entry of array.backend.list(chunkPrefix(array.name), { signal })) {
		await giveWay();
		if (entry.kind !== "object" || ownKeys.includes(entry.key)) continue;
		const number = numberOf(entry.key);
		if (number === undefined) orphans.push({ key: entry.key, bytes: entry.size });
		else numbers.push(number);
	}
	return { chunks: numbers.length === grid.count ? undefined : Float64Array.from(numbers).sort(), orphans };
}

/** The number, in row-major order, of the chunk of a key; undefined for what is no chunk of the grid. */
function chunkNumbers(
	{ name }: StoredArray,
	{ shape, chunkShape, chunkKeyEncoding }: ArrayMetadata,
): (key: string) => number | undefined {
	const lengths = shape.map((length, d) => Math.ceil(length / (chunkShape[d] as number)));
	const prefix = chunkPrefix(name);
	return (key) => {
		const coords = parseChunkKey(key, prefix, chunkKeyEncoding, shape.length);
		if (coords?.every((c, d) => c < (lengths[d] as number)) !== true) return undefined;
		return coords.reduce((number, c, d) => number * (lengths[d] as number) + c, 0);
	};
}

/** Without those that became chunks while the others were read, for the array may have grown. */
async function confirmOrphans(
	array: StoredArray,
	orphans: readonly Orphan[],
	signal: AbortSignal | undefined,
): Promise<Finding[]> {
	if (orphans.length === 0) return [];
	const { metadata } = await readArray(array.backend, array.name, signal);
	const numberOf = chunkNumbers(array, metadata);
	const left = orphans.filter(({ key }) => numberOf(key) === undefined);
	left.sort((a, b) => (a.key < b.key ? -1 : 1));
	const message = `it is no chunk of a grid of [${metadata.shape.join(", ")}] in chunks of [${metadata.chunkShape.join(", ")}]`;
	return left.map(({ key, bytes }) => ({ kind: "orphaned", key, chunk: undefined, bytes, message }));
}

/** Of shards, those of the inner chunks do: the index is one of few bytes. */
function keepsChecksum({ name, configuration }: CodecMetadata): boolean {
	if (name === "sharding_indexed") return parseCodecs(configuration?.codecs).some(keepsChecksum);
	return name === "crc32c" || name === "gzip" || (name === "zstd" && configuration?.checksum === true);
}
