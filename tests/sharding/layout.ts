/** Shards as bytes, made and taken apart by hand. */
import type { Connection } from "tesserae";

/** Offset and length of an inner chunk; null where it is not stored. */
export type Entry = readonly [offset: bigint, length: bigint] | null;

const MISSING = 2n ** 64n - 1n;

/** An index of little-endian numbers without checksum. */
export function indexBytes(entries: readonly Entry[]): Uint8Array {
	return new Uint8Array(BigUint64Array.from(entries.flatMap((entry) => entry ?? [MISSING, MISSING])).buffer);
}

/** The index of a shard of `count` inner chunks at its end, followed by a checksum of `checksum` bytes. */
export function entriesOf(shard: Uint8Array, count: number, checksum = 4): Entry[] {
	const start = shard.length - checksum - 16 * count;
	const words = new BigUint64Array(shard.slice(start, start + 16 * count).buffer);
	return Array.from({ length: count }, (_, i) => {
		const [offset = MISSING, length = MISSING] = words.subarray(2 * i);
		return offset === MISSING ? null : [offset, length];
	});
}

export async function objectAt(con: Connection, key: string): Promise<Uint8Array> {
	const bytes = (await con.backend.get(key))?.parts[0];
	if (bytes === undefined) throw new Error(`there is no ${key}`);
	return new Uint8Array(bytes);
}
