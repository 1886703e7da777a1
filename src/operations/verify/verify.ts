/** Verifying what is stored of an array: every chunk is read and decoded, every other object under its name is reported. */

import { located } from "../../chunk-errors.js";
import type { ChunkForm } from "../../chunk-forms.js";
import { ChunkMemory } from "../../chunk-memory.js";
import { fetchObject, objectLimit } from "../../chunk-source.js";
import type { CheckedParts } from "../../codecs/codec.js";
import { saysCut } from "../../codecs/corrupt.js";
import { type Job, runJob } from "../../engine.js";
import { isStoreError, StoreError } from "../../errors.js";
import type { CodecMetadata } from "../../format/metadata.js";
import { parseCodecs } from "../../format/metadata-members.js";
import { type Plan, planWhole } from "../../selection/plan.js";
import { type StoredArray, storedArray } from "../../stored-array.js";
import { fromRoot } from "../../world.js";
import { readArray } from "../hierarchy/hierarchy.js";
import { arrayKey } from "../hierarchy/node-documents.js";
import type { Runtime } from "../runtime.js";
import { unfinishedFaults } from "../unfinished.js";
import { chunkFix } from "./repair-chunk.js";
import { type Fault, type Finding, keep, settleFaults, type Verification, type VerifyOptions } from "./verification.js";
import { ledgerFaults } from "./verify-ledger.js";
import { listObjects, orphanFaults } from "./verify-orphans.js";

/**
 * Reads and decodes every stored chunk of an array as its metadata is now. A store that lists its keys is asked for those that are there; of another
 * every chunk of the grid is.
 * @throws StoreError for every failure but a damaged chunk: what could not be read was not verified
 */
export async function verifyArray(
	runtime: Runtime,
	opened: StoredArray,
	options: VerifyOptions,
): Promise<Verification> {
	const { backend, name } = opened;
	const { signal } = options;
	const { metadata } = await readArray(backend, name, signal);
	const array = storedArray(backend, name, metadata, opened);
	const grid = planWhole(metadata.shape, metadata.grid);
	if (grid.count > Number.MAX_SAFE_INTEGER)
		throw new StoreError(
			"TOO_LARGE",
			`${JSON.stringify(name)} has ${grid.count} chunks: verify tells at most 2^53 apart`,
		);
	const { chunks, orphans, work } = await fromRoot(signal, () => listObjects(array, grid, signal));
	const tally = new Tally(array, grid, chunks);
	const job: Job<Checked | undefined> = {
		...verifyJob([array], { chunks }),
		settle: (n, checked) => tally.add(n, checked),
	};
	await runJob(runtime.engine, job, runtime.limits, options);
	const { ok, ...settled } = await fromRoot(signal, async () => {
		const faults = [
			...unfinishedFaults(metadata.attributes, arrayKey(name, metadata)),
			...(await ledgerFaults(array, work, signal)),
			...tally.damaged(options.dropCorrupt ?? false),
			...(options.complete ? tally.absent() : []),
			...(await orphanFaults(array, orphans, signal)),
		];
		return settleFaults(faults, options);
	});
	return { dataset: name, ok, ...tally.counts, checksums: metadata.codecs.some(keepsChecksum), ...settled };
}

/** Absent chunks that are named one by one. */
const MOST_NAMED = 10_000;

/** What came of the chunks of an array. */
class Tally {
	readonly #array: StoredArray;
	readonly #grid: Plan;
	/** Numbers of the chunks that were looked at; undefined for all. */
	readonly #numbers: Float64Array | undefined;
	/** By number. */
	readonly #damaged = new Map<number, Checked>();
	readonly #stored = new Set<number>();
	/** Shards that lack inner chunks. */
	readonly #partial = new Map<number, number>();
	#bytes = 0;
	#inner = 0;

	constructor(array: StoredArray, grid: Plan, numbers: Float64Array | undefined) {
		this.#array = array;
		this.#grid = grid;
		this.#numbers = numbers;
	}

	add(n: number, checked: Checked | undefined): undefined {
		if (checked === undefined) return;
		const number = this.#numbers?.[n] ?? n;
		this.#stored.add(number);
		this.#bytes += checked.bytes ?? 0;
		this.#inner += checked.inner ?? 0;
		if (checked.findings.length > 0) this.#damaged.set(number, checked);
		if (checked.inner !== undefined && checked.inner < this.#innerCount(number))
			this.#partial.set(number, checked.inner);
	}

	/** Inner chunks of a shard. */
	#innerCount(number: number): number {
		const { pipeline, spec } = this.#array.formOf(this.#grid.coords(number));
		return spec.shape.reduce((n, length, d) => (n * length) / (pipeline.innerShape?.[d] as number), 1);
	}

	get counts(): Pick<Verification, "chunks" | "stored" | "missing" | "bytes" | "inner"> {
		const { largest, metadata } = this.#array;
		const { pipeline } = largest;
		const { count } = this.#grid;
		const stored = this.#stored.size;
		const counts = { chunks: count, stored, missing: count - stored, bytes: this.#bytes };
		if (pipeline.innerShape === undefined) return counts;
		return { ...counts, inner: { chunks: planWhole(metadata.shape, pipeline.innerShape).count, stored: this.#inner } };
	}

	/** In row-major order. */
	damaged(drops: boolean): Fault[] {
		return [...this.#damaged]
			.sort(([a], [b]) => a - b)
			.flatMap(([n, { findings, inner, etag = "" }]) => {
				const fix = chunkFix(this.#array, { coords: this.#grid.coords(n), etag, findings, inner }, drops);
				return findings.map((finding) => ({ finding, fix }));
			});
	}

	/** Chunks that are not stored, and shards that lack inner chunks; a great many are counted only. */
	absent(): Fault[] {
		const faults: Fault[] = [];
		const left = (): number => this.#grid.count - this.#stored.size + this.#partial.size - faults.length;
		for (let n = 0; n < this.#grid.count && left() > 0; n++) {
			const stored = this.#partial.get(n);
			if (stored === undefined && this.#stored.has(n)) continue;
			const chunk = this.#grid.coords(n);
			const inner = stored === undefined ? 0 : this.#innerCount(n);
			const lacks = stored === undefined ? undefined : `${inner - stored} of its ${inner} inner chunks are`;
			faults.push(absentFault(this.#array.keyOf(chunk), chunk, lacks ?? "it is"));
			if (faults.length < MOST_NAMED || left() === 0) continue;
			faults.push(absentFault(arrayKey(this.#array.name, this.#array.metadata), undefined, `${left()} more are`));
			break;
		}
		return faults;
	}
}

function absentFault(key: string, chunk: readonly number[] | undefined, subject: string): Fault {
	const message = `${subject} not stored, and read as fill value`;
	return { finding: { kind: "missing", key, chunk, message }, fix: keep(key, "what it held is not known") };
}

interface VerifyDescription {
	/** Numbers of the chunks to read, in ascending order; undefined for all of the grid. */
	readonly chunks: Float64Array | undefined;
}

/** What became of one stored object. */
interface Checked {
	readonly bytes: number | undefined;
	readonly etag: string | undefined;
	readonly findings: readonly Finding[];
	/** Stored inner chunks of a shard whose index is readable. */
	readonly inner: number | undefined;
}

/** One task per chunk: fetch and decode; undefined where it is not stored. */
export function verifyJob(arrays: readonly StoredArray[], { chunks }: VerifyDescription): Job<Checked | undefined> {
	const array = arrays[0] as StoredArray;
	const grid = planWhole(array.metadata.shape, array.metadata.grid);
	const coordsOf = (n: number): number[] => grid.coords(chunks?.[n] ?? n);
	return {
		count: chunks?.length ?? grid.count,
		sharing: "results",
		spec: { operation: "verify", arrays, description: { chunks }, chunk: coordsOf },
		cost: () => 2 * array.chunkBytes,
		run: (n, signal) => checkChunk(array, coordsOf(n), signal),
		settle: () => undefined,
	};
}

async function checkChunk(
	array: StoredArray,
	chunk: readonly number[],
	signal: AbortSignal,
): Promise<Checked | undefined> {
	const key = array.keyOf(chunk);
	const form = array.formOf(chunk);
	const memory = ChunkMemory.take();
	let [bytes, etag]: [bytes?: number, etag?: string] = [];
	try {
		const into = array.backend.supports.readsInto ? memory.encoded() : undefined;
		const fetched = await fetchObject(array, key, { signal, into, fresh: true, limit: objectLimit(form.pipeline) });
		if (fetched === undefined) return undefined;
		({ size: bytes, etag } = fetched);
		memory.note(bytes);
		const encoded = fetched.parts[0] as Uint8Array;
		const { parts } = form.pipeline;
		if (parts !== undefined) return { bytes, etag, ...findingsOf(key, chunk, await parts.check(encoded)) };
		await form.pipeline.decode(encoded, (length) => memory.decoded(length));
		return { bytes, etag, findings: [], inner: undefined };
	} catch (error) {
		if (!isStoreError(error, "CORRUPT")) throw located(error, array, chunk);
		const kind = isTruncated(form, bytes, error) ? "truncated" : "corrupt";
		return { bytes, etag, findings: [{ kind, key, chunk, bytes, message: error.message }], inner: undefined };
	} finally {
		memory.giveBack();
	}
}

function findingsOf(
	key: string,
	chunk: readonly number[],
	{ stored, damaged }: CheckedParts,
): Pick<Checked, "findings" | "inner"> {
	const findings = damaged.map(({ coords, bytes, error }): Finding => {
		const message = `inner chunk [${coords.join(", ")}] of the shard: ${error.message}`;
		return { kind: saysCut(error) ? "truncated" : "corrupt", key, chunk, inner: coords, bytes, message };
	});
	return { findings, inner: stored };
}

/** By the length alone, where the encoding has a fixed one; else as far as the codecs tell. */
function isTruncated({ pipeline }: ChunkForm, bytes: number | undefined, error: Error): boolean {
	if (bytes !== undefined && bytes < (pipeline.encodedSize ?? 1)) return true;
	return pipeline.encodedSize === undefined && saysCut(error);
}

/** Of shards, those of the inner chunks do: the index is one of few bytes. */
function keepsChecksum({ name, configuration }: CodecMetadata): boolean {
	if (name === "sharding_indexed") return parseCodecs(configuration?.codecs).some(keepsChecksum);
	return name === "crc32c" || name === "gzip" || (name === "zstd" && configuration?.checksum === true);
}
