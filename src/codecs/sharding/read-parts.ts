/** Reading some inner chunks of a shard. */
import { isStoreError } from "../../errors.js";
import { planParts } from "../../selection/parts.js";
import type { Plan, Region } from "../../selection/plan.js";
import { bytesSource, cut, windowSource } from "../byte-sources.js";
import type { ByteSource, PartSink } from "../codec.js";
import { corrupt } from "../corrupt.js";
import { inContext, type Shard } from "./layout.js";
import { coalesce, type Extent, policyFor, type ReadPolicy, readsWhole } from "./ranges.js";
import { ShardIndex } from "./shard-index.js";

/** What is read of a shard, and whom it is for. */
interface Reading {
	readonly shard: Shard;
	readonly source: ByteSource;
	readonly policy: ReadPolicy;
	/** Over the inner chunks. */
	readonly plan: Plan;
	readonly sink: PartSink;
}

/** Reads a region; false where the shard does not exist. Inner chunks that are not stored are missing. */
export async function readParts(shard: Shard, source: ByteSource, region: Region, sink: PartSink): Promise<boolean> {
	const policy = policyFor(shard.policy, source.ranges);
	const reading = { shard, source, policy, plan: planParts(region, shard.shape), sink };
	const { count, plainBytes } = shard;
	const noted = source.notes?.get();
	if (noted instanceof ShardIndex) {
		const wanted = countWanted(reading, noted);
		if (readsWhole(policy, wanted, { parts: count, bytes: noted.storedBytes })) return readFromWhole(reading);
		// That nothing is stored may not be true any more, and only a read would tell.
		if (wanted > 0) return readRanges(reading, noted);
	} else if (readsWhole(policy, reading.plan.count, { parts: count, bytes: plainBytes })) return readFromWhole(reading);
	const index = await readIndex(shard, source);
	return index !== undefined && readRanges(reading, index);
}

async function readIndex(shard: Shard, source: ByteSource): Promise<ShardIndex | undefined> {
	const read = await source.read([shard.indexRange]);
	if (read === undefined) return undefined;
	const index = await shard.decodeIndex(read.parts[0] as Uint8Array, read.size);
	source.notes?.set(index, index.bytes);
	return index;
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

async function readFromWhole(reading: Reading): Promise<boolean> {
	const { shard, source } = reading;
	let bytes: Uint8Array | undefined;
	try {
		bytes = await source.readAll();
	} catch (error) {
		if (!isOversized(error)) throw error;
		// What is between its inner chunks may be anything: they are read by themselves.
		const index = await readIndex(shard, source);
		return index !== undefined && readRanges(reading, index);
	}
	if (bytes === undefined) return false;
	const index = await shard.decodeIndex(cut(bytes, shard.indexRange), bytes.length);
	for (const batch of batchesOf(reading, index))
		for (const wanted of batch) await deliver(reading, wanted.item, inMemory(cut(bytes, wanted)));
	deliverMissing(reading, index);
	return true;
}

async function readRanges(reading: Reading, index: ShardIndex): Promise<boolean> {
	const { shard, source } = reading;
	for (const wanted of batchesOf(reading, index)) {
		if (shard.inner.parts !== undefined)
			for (const { item, offset, length } of wanted) await deliver(reading, item, windowSource(source, offset, length));
		else if (wanted.length > 0 && !(await readBatch(reading, wanted))) return false;
	}
	deliverMissing(reading, index);
	return true;
}

async function readBatch(reading: Reading, wanted: readonly WantedChunk[]): Promise<boolean> {
	const { shard, source, policy, plan } = reading;
	const largest = shard.inner.largestSize + SLACK;
	for (const { item, length } of wanted) if (length > largest) throw tooLong(plan.coords(item), length, largest);
	const { ranges, rangeOf } = coalesce(wanted, policy);
	const read = await source.read(ranges);
	if (read === undefined) return false;
	for (const [i, { item, offset, length }] of wanted.entries()) {
		const range = rangeOf[i] as number;
		const start = offset - (ranges[range] as Extent).offset;
		await deliver(reading, item, inMemory(cut(read.parts[range] as Uint8Array, { offset: start, length })));
	}
	return true;
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

/** Decodes one inner chunk, or what is wanted of one that is a shard itself, and hands it to the sink. */
async function deliver({ shard: { inner }, plan, sink }: Reading, item: number, source: ByteSource): Promise<void> {
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

function deliverMissing({ shard, plan, sink }: Reading, index: ShardIndex): void {
	for (let item = 0; item < plan.count; item++)
		if (index.at(shard.numberOf(plan.coords(item))) === undefined) sink.missing(plan.region(item));
}
