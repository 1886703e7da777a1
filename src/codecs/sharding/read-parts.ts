/** Reading some inner chunks of a shard. */
import { isStoreError } from "../../errors.js";
import { planParts } from "../../selection/parts.js";
import type { Plan, Region } from "../../selection/plan.js";
import { bytesSource, cut, windowSource } from "../byte-sources.js";
import type { Allocate, ByteSource, FetchedParts, PartSink, TwoStepReading } from "../codec.js";
import { corrupt } from "../corrupt.js";
import { inContext, type Shard } from "./layout.js";
import { coalesce, type Extent, policyFor, type ReadPolicy, readsWhole } from "./ranges.js";
import { ShardIndex } from "./shard-index.js";

/** What is read of a shard. */
interface Reading {
	readonly shard: Shard;
	readonly source: ByteSource;
	readonly policy: ReadPolicy;
	/** Over the inner chunks. */
	readonly plan: Plan;
}

function readingOf(shard: Shard, source: ByteSource, region: Region): Reading {
	return { shard, source, policy: policyFor(shard.policy, source.ranges), plan: planParts(region, shard.shape) };
}

/** Reads a region; false where the shard does not exist. Inner chunks that are not stored are missing. */
export async function readParts(shard: Shard, source: ByteSource, region: Region, sink: PartSink): Promise<boolean> {
	const reading = readingOf(shard, source, region);
	const found = await find(reading);
	if (found === undefined) return false;
	const delivery = { shard, plan: reading.plan, sink };
	for (const wanted of batchesOf(reading, found.index)) {
		const bytesAt = await fetch(reading, found, wanted);
		if (bytesAt === undefined) return false;
		for (const [i, { item }] of wanted.entries()) await deliver(delivery, item, bytesAt(i));
	}
	deliverMissing(delivery, found.index);
	return true;
}

/** The same in two steps, for inner chunks that are no shards themselves. */
export function inTwoSteps(shard: Shard): TwoStepReading {
	return {
		fetch: (source, region, room) => fetchParts(readingOf(shard, source, region), room),
		async decode({ bytes, extents }, region, take, sink) {
			const plan = planParts(region, shard.shape);
			for (let item = take(); item < plan.count; item = take()) {
				const [offset, length] = [extents[2 * item] as number, extents[2 * item + 1] as number];
				if (length < 0) sink.missing(plan.region(item));
				else await deliver({ shard, plan, sink }, item, inMemory(cut(bytes, { offset, length })));
			}
		},
	};
}

async function fetchParts(reading: Reading, room: Allocate): Promise<FetchedParts | undefined> {
	const found = await find(reading);
	if (found === undefined) return undefined;
	const wanted = [...batchesOf(reading, found.index)].flat();
	const extents = new Float64Array(2 * reading.plan.count).fill(-1);
	if (found.whole !== undefined) {
		for (const { item, offset, length } of wanted) extents.set([offset, length], 2 * item);
		return { bytes: found.whole, extents };
	}
	const pieceAt = await fetchRanges(reading, wanted);
	if (pieceAt === undefined) return undefined;
	const pieces = wanted.map((_, i) => pieceAt(i));
	const bytes = sharedByAll(pieces) ?? room(wanted.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const [i, { item, length }] of wanted.entries()) {
		const piece = pieces[i] as Uint8Array;
		const isThere = piece.buffer === bytes.buffer;
		if (!isThere) bytes.set(piece, at);
		extents.set([isThere ? piece.byteOffset : at, length], 2 * item);
		at += length;
	}
	return { bytes, extents };
}

/** The shared memory that all lie in, if there is one. */
function sharedByAll(pieces: readonly Uint8Array[]): Uint8Array | undefined {
	const memory = pieces[0]?.buffer;
	const isOne = memory instanceof SharedArrayBuffer && pieces.every(({ buffer }) => buffer === memory);
	return isOne ? new Uint8Array(memory) : undefined;
}

/** A shard of which it is known where its inner chunks lie. */
interface Found {
	readonly index: ShardIndex;
	/** All of it, where it is better read whole. */
	readonly whole: Uint8Array | undefined;
}

/** Undefined where the shard does not exist. */
async function find(reading: Reading): Promise<Found | undefined> {
	const { shard, source, policy, plan } = reading;
	const { count, plainBytes } = shard;
	const noted = source.notes?.get();
	if (noted instanceof ShardIndex) {
		const wanted = countWanted(reading, noted);
		if (readsWhole(policy, wanted, { parts: count, bytes: noted.storedBytes })) return findWhole(reading);
		// That nothing is stored may not be true any more, and only a read would tell.
		if (wanted > 0) return { index: noted, whole: undefined };
	} else if (readsWhole(policy, plan.count, { parts: count, bytes: plainBytes })) return findWhole(reading);
	return findIndex(reading);
}

async function findWhole(reading: Reading): Promise<Found | undefined> {
	const { shard, source } = reading;
	let whole: Uint8Array | undefined;
	try {
		whole = await source.readAll();
	} catch (error) {
		if (!isOversized(error)) throw error;
		// What is between its inner chunks may be anything: they are read by themselves.
		return findIndex(reading);
	}
	return whole && { whole, index: await shard.decodeIndex(cut(whole, shard.indexRange), whole.length) };
}

async function findIndex({ shard, source }: Reading): Promise<Found | undefined> {
	const read = await source.read([shard.indexRange]);
	if (read === undefined) return undefined;
	const index = await shard.decodeIndex(read.parts[0] as Uint8Array, read.size);
	source.notes?.set(index, index.bytes);
	return { index, whole: undefined };
}

/** An inner chunk that is wanted and stored: item so and so of the plan. */
interface WantedChunk extends Extent {
	readonly item: number;
}

/** Inner chunks that are looked up at once, so that lists of them stay small beside the index of a shard of many. */
const BATCH = 2 ** 18;

function* batchesOf({ shard, plan }: Reading, index: ShardIndex): Generator<readonly WantedChunk[]> {
	for (let from = 0; from < plan.count; from += BATCH) {
		const wanted: WantedChunk[] = [];
		for (let item = from; item < Math.min(from + BATCH, plan.count); item++) {
			const extent = index.at(shard.numberOf(plan.coords(item)));
			if (extent !== undefined) wanted.push({ ...extent, item });
		}
		yield wanted;
	}
}

function countWanted(reading: Reading, index: ShardIndex): number {
	let count = 0;
	for (const wanted of batchesOf(reading, index)) count += wanted.length;
	return count;
}

/** The bytes of each of these inner chunks; undefined where the shard does not exist any more. */
async function fetch(
	reading: Reading,
	{ whole }: Found,
	wanted: readonly WantedChunk[],
): Promise<((i: number) => ByteSource) | undefined> {
	const { shard, source } = reading;
	const at = (i: number): WantedChunk => wanted[i] as WantedChunk;
	if (whole !== undefined) return (i) => inMemory(cut(whole, at(i)));
	if (shard.inner.parts !== undefined) return (i) => windowSource(source, at(i).offset, at(i).length);
	const pieceAt = await fetchRanges(reading, wanted);
	return pieceAt && ((i) => inMemory(pieceAt(i)));
}

async function fetchRanges(
	{ shard, source, policy, plan }: Reading,
	wanted: readonly WantedChunk[],
): Promise<((i: number) => Uint8Array) | undefined> {
	const largest = shard.inner.largestSize + SLACK;
	for (const { item, length } of wanted) if (length > largest) throw tooLong(plan.coords(item), length, largest);
	const { ranges, rangeOf } = coalesce(wanted, policy);
	const read = ranges.length === 0 ? { parts: [] } : await source.read(ranges, { isBrief: true });
	if (read === undefined) return undefined;
	return (i) => {
		const { offset, length } = wanted[i] as WantedChunk;
		const range = rangeOf[i] as number;
		const start = offset - (ranges[range] as Extent).offset;
		return cut(read.parts[range] as Uint8Array, { offset: start, length });
	};
}

/** Bytes beyond the largest encoding that are read all the same, so that the codecs say what is wrong. */
const SLACK = 65536;

function tooLong(coords: readonly number[], length: number, largest: number): unknown {
	const error = corrupt("sharding_indexed", `it takes ${length} bytes, more than the ${largest} that were expected`);
	return inContext(error, `inner chunk [${coords.join(", ")}]`);
}

/** The source would not bring so much at once. */
function isOversized(error: unknown): boolean {
	return isStoreError(error, "CORRUPT") && isStoreError(error.cause, "TOO_LARGE");
}

function inMemory(bytes: Uint8Array): ByteSource {
	return bytesSource(async () => bytes);
}

/** Where what was read goes. */
interface Delivery extends Pick<Reading, "shard" | "plan"> {
	readonly sink: PartSink;
}

/** Decodes one inner chunk, or what is wanted of one that is a shard itself, and hands it to the sink. */
async function deliver({ shard: { inner }, plan, sink }: Delivery, item: number, source: ByteSource): Promise<void> {
	const region = plan.region(item);
	try {
		if (inner.parts !== undefined) {
			await inner.readParts(source, region, sink);
			return;
		}
		const chunk = inner.decode((await source.readAll()) as Uint8Array, sink.memory);
		sink.values(chunk instanceof Promise ? await chunk : chunk, region);
	} catch (error) {
		throw inContext(error, `inner chunk [${plan.coords(item).join(", ")}]`);
	}
}

function deliverMissing({ shard, plan, sink }: Delivery, index: ShardIndex): void {
	for (let item = 0; item < plan.count; item++)
		if (index.at(shard.numberOf(plan.coords(item))) === undefined) sink.missing(plan.region(item));
}
