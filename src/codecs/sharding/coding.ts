/** Encoding and decoding inner chunks of shards that are in memory. */
import { isStoreError } from "../../errors.js";
import { isOnlyFill, isZero } from "../../format/fill-value.js";
import { type PartChoice, planParts } from "../../selection/parts.js";
import { type Region, wholeRegion } from "../../selection/plan.js";
import { fillRegion, gather, scatter } from "../../selection/region.js";
import { cut } from "../byte-sources.js";
import type {
	Allocate,
	CheckedParts,
	ChunkData,
	DamagedPart,
	MaybePromise,
	PartialCoding,
	PartialCost,
	PartValues,
	ReadRanges,
} from "../codec.js";
import { inContext, type Shard } from "./layout.js";
import { coalesce, policyFor, readsWhole } from "./ranges.js";
import { inTwoSteps } from "./read-parts.js";
import { ShardBuilder } from "./shard-builder.js";
import { ShardIndex } from "./shard-index.js";

export function partialCoding(shard: Shard): PartialCoding {
	return {
		shape: shard.shape,
		costOf: (parts, ranges) => costOf(shard, parts, ranges),
		gapsOf: (region, ranges) => gapsOf(shard, region, ranges),
		inTwoSteps: shard.inner.parts === undefined ? inTwoSteps(shard) : undefined,
		decodeInto: (chunk, chosen, encoded) => decodeInto(shard, chunk, chosen, encoded),
		encodeFrom: (chunk, chosen, encoded) => encodeFrom(shard, chunk, chosen, encoded),
		check: (encoded) => check(shard, encoded),
		partsOf: (encoded) => partsOf(shard, encoded),
		encodeParts: (values) => encodeParts(shard, values),
	};
}

function costOf(shard: Shard, parts: number, ranges: ReadRanges | undefined): PartialCost {
	const { count, innerBytes, indexBytes, plainBytes } = shard;
	const policy = policyFor(shard.policy, ranges);
	if (readsWhole(policy, parts, { parts: count, bytes: plainBytes }))
		return { requests: 1, bytes: plainBytes, mostBytes: plainBytes };
	const wanted = Math.min(parts, count);
	const bytes = indexBytes + wanted * innerBytes;
	return { requests: 2, bytes, mostBytes: Math.min(plainBytes, bytes + Math.max(0, wanted - 1) * policy.largestGap) };
}

/** As if all inner chunks were stored, one after the other, as large as they are decoded. */
function gapsOf(shard: Shard, region: Region, ranges: ReadRanges | undefined): number {
	const { count, innerBytes, plainBytes } = shard;
	const policy = policyFor(shard.policy, ranges);
	const plan = planParts(region, shard.shape);
	if (readsWhole(policy, plan.count, { parts: count, bytes: plainBytes }) || shard.inner.parts !== undefined) return 0;
	const wanted = Array.from({ length: plan.count }, (_, item) => {
		return { offset: shard.numberOf(plan.coords(item)) * innerBytes, length: innerBytes };
	});
	const read = coalesce(wanted, policy).ranges.reduce((bytes, { length }) => bytes + length, 0);
	return read - plan.count * innerBytes;
}

async function decodeInto(
	shard: Shard,
	chunk: ChunkData,
	chosen: PartChoice,
	encoded: Uint8Array | undefined,
): Promise<void> {
	const { spec, inner, shape } = shard;
	const index = await indexOf(shard, encoded);
	const region = wholeRegion(shape);
	const memory = reused();
	for (let number = 0; number < shard.count; number++) {
		const coords = shard.coordsOf(number);
		if (!chosen(coords)) continue;
		const extent = index.at(number);
		const place = innerView(shard, chunk, coords);
		if (extent === undefined || encoded === undefined) {
			if (!isZero(spec.fill, spec.dtype)) fillRegion(place, region, spec.fill);
			continue;
		}
		try {
			const decoded = inner.decode(cut(encoded, extent), memory);
			scatter(decoded instanceof Promise ? await decoded : decoded, region, place, spec.dtype.components);
		} catch (error) {
			throw inContext(error, `inner chunk [${coords.join(", ")}]`);
		}
	}
}

async function partsOf(shard: Shard, encoded: Uint8Array): Promise<PartValues> {
	const index = await indexOf(shard, encoded);
	const memory = reused();
	return async (coords) => {
		const extent = index.at(shard.numberOf(coords));
		if (extent === undefined) return undefined;
		try {
			return await shard.inner.decode(cut(encoded, extent), memory);
		} catch (error) {
			throw inContext(error, `inner chunk [${coords.join(", ")}]`);
		}
	};
}

async function encodeParts(shard: Shard, values: PartValues): Promise<Uint8Array | undefined> {
	const { spec, inner } = shard;
	const builder = new ShardBuilder(shard, true);
	for (let number = 0; number < shard.count; number++) {
		const part = await values(shard.coordsOf(number));
		if (part === undefined || isOnlyFill(part.data, spec.fill, spec.dtype)) continue;
		builder.add(number, await inner.encode(part, { fresh: !builder.copies }));
	}
	return builder.isEmpty ? undefined : builder.finish();
}

/** One piece of memory, again and again. */
function reused(): Allocate {
	let memory = new Uint8Array(0);
	return (length) => {
		if (memory.length < length) memory = new Uint8Array(length);
		return memory.subarray(0, length);
	};
}

async function check(shard: Shard, encoded: Uint8Array): Promise<CheckedParts> {
	const index = await indexOf(shard, encoded);
	const memory = reused();
	const damaged: DamagedPart[] = [];
	let stored = 0;
	for (let number = 0; number < shard.count; number++) {
		const extent = index.at(number);
		if (extent === undefined) continue;
		stored++;
		try {
			await shard.inner.decode(cut(encoded, extent), memory);
		} catch (error) {
			if (!isStoreError(error, "CORRUPT")) throw error;
			damaged.push({ coords: shard.coordsOf(number), bytes: extent.length, error });
		}
	}
	return { stored, damaged };
}

async function encodeFrom(
	shard: Shard,
	chunk: ChunkData,
	chosen: PartChoice,
	encoded: Uint8Array | undefined,
): Promise<Uint8Array | undefined> {
	const index = await indexOf(shard, encoded);
	const builder = new ShardBuilder(shard, encoded === undefined);
	const { copies } = builder;
	const scratch = shard.newInner();
	for (let number = 0; number < shard.count; number++) {
		const coords = shard.coordsOf(number);
		const extent = index.at(number);
		let bytes: MaybePromise<Uint8Array | undefined> = extent && encoded && cut(encoded, extent);
		if (chosen(coords)) bytes = encodeInner(shard, innerView(shard, chunk, coords), { scratch, fresh: !copies });
		if (bytes instanceof Promise) bytes = await bytes;
		if (bytes !== undefined) builder.add(number, bytes);
	}
	return builder.isEmpty ? undefined : builder.finish();
}

/** Undefined where there is only fill value. The result may be a view of `scratch`, unless it is to be fresh. */
function encodeInner(
	{ spec, inner, shape }: Shard,
	values: ChunkData,
	{ scratch, fresh }: { readonly scratch: ChunkData; readonly fresh: boolean },
): MaybePromise<Uint8Array | undefined> {
	gather(values, wholeRegion(shape), scratch, spec.dtype.components);
	if (isOnlyFill(scratch.data, spec.fill, spec.dtype)) return undefined;
	return inner.encode(scratch, { fresh });
}

function indexOf(shard: Shard, encoded: Uint8Array | undefined): Promise<ShardIndex> | ShardIndex {
	if (encoded === undefined) return new ShardIndex(shard.count);
	return shard.decodeIndex(cut(encoded, shard.indexRange), encoded.length);
}

/** One inner chunk of a shard in memory. */
function innerView({ shape }: Shard, { data, stride, offset }: ChunkData, coords: readonly number[]): ChunkData {
	const at = coords.reduce((sum, c, d) => sum + c * (shape[d] as number) * (stride[d] as number), offset);
	return { data, shape, stride, offset: at };
}
