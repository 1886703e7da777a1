/** What to ask a store for: a few ranges rather than many, or everything at once. Bytes. */

import type { ReadRanges } from "../codec.js";

/** When fewer requests are worth more bytes. */
export interface ReadPolicy {
	/** So much that nobody wants is read rather than asked around. */
	readonly largestGap: number;
	/** A range ends here and another begins, so that a store can bring both at the same time. */
	readonly largestRange: number;
	/** Up to this size everything at once is quicker than the index first. */
	readonly smallShard: number;
	/** Up to this size everything is read at once where more than half of it is wanted. */
	readonly largestWhole: number;
}

/** Where a source does not know better: 64 KiB take a store about as long as a request by itself does; inner chunks and an index of 64 MiB are whole. */
export const READ_POLICY: ReadPolicy = {
	largestGap: 64 * 1024,
	largestRange: 16 * 2 ** 20,
	smallShard: 256 * 1024,
	largestWhole: 65 * 2 ** 20,
};

/** The policy of a source that knows what a request is worth: as much as the largest gap, which a whole shard then is worth as well. */
export function policyFor(policy: ReadPolicy, ranges: ReadRanges | undefined): ReadPolicy {
	if (ranges === undefined) return policy;
	const { gap, cap } = ranges;
	return { ...policy, largestGap: gap, largestRange: cap, smallShard: Math.max(policy.smallShard, gap) };
}

/** True where a shard is better read whole, given how many of its parts are wanted, and its size if nothing compresses. */
export function readsWhole(
	{ smallShard, largestWhole }: ReadPolicy,
	wanted: number,
	shard: { readonly parts: number; readonly bytes: number },
): boolean {
	return shard.bytes <= smallShard || (2 * wanted > shard.parts && shard.bytes <= largestWhole);
}

/** Where something lies within an object. */
export interface Extent {
	readonly offset: number;
	readonly length: number;
}

/** Ranges that hold all extents. */
export interface Coalesced {
	readonly ranges: readonly Extent[];
	/** For each extent, the range that it lies in. */
	readonly rangeOf: Uint32Array;
}

/** Puts extents that lie close together into one range each. */
export function coalesce(extents: readonly Extent[], { largestGap, largestRange }: ReadPolicy): Coalesced {
	const order = Array.from(extents, (_, i) => i);
	order.sort((a, b) => (extents[a] as Extent).offset - (extents[b] as Extent).offset);
	const ranges: { offset: number; length: number }[] = [];
	const rangeOf = new Uint32Array(extents.length);
	for (const i of order) {
		const { offset, length } = extents[i] as Extent;
		const last = ranges.at(-1);
		const end = offset + length;
		if (last !== undefined && offset - (last.offset + last.length) <= largestGap && end - last.offset <= largestRange)
			last.length = Math.max(last.length, end - last.offset);
		else ranges.push({ offset, length });
		rangeOf[i] = ranges.length - 1;
	}
	return { ranges, rangeOf };
}
