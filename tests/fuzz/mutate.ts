/** Damage to the objects of a store. */
import { mutateJson } from "./mutate-json.js";
import type { Random } from "./random.js";
import type { Objects } from "./stores.js";

const isDocument = (key: string): boolean => /(?:zarr\.json|\.z[a-z]+)$/.test(key);

/** A copy of the store with one or a few objects damaged. */
export function mutated(random: Random, store: Objects): Objects {
	const objects: Objects = new Map(store);
	for (let times = 1 + random.below(random.pick([1, 1, 3])); times > 0; times--) mutateOne(random, objects);
	return objects;
}

function mutateOne(random: Random, objects: Objects): void {
	const keys = [...objects.keys()];
	if (keys.length === 0) return;
	const documents = keys.filter(isDocument);
	const chunks = keys.filter((key) => !isDocument(key));
	const key = random.pick(random.oneIn(2) && chunks.length > 0 ? chunks : documents.length > 0 ? documents : keys);
	const bytes = objects.get(key) as Uint8Array;
	const way = random.below(40);
	if (way === 0) objects.delete(key);
	else if (way === 1) objects.set(random.pick(STRANGE_KEYS), bytes);
	else if (way < 4) objects.set(random.pick(keys), bytes);
	else if (isDocument(key) && !random.oneIn(4)) objects.set(key, mutateJson(random, bytes));
	else objects.set(key, mutateBytes(random, bytes, objects.get(random.pick(keys)) as Uint8Array));
}

const STRANGE_KEYS: readonly string[] = [
	...["a/c/99/99", "a/c/0", "a/9007199254740991.0", "a/c/00/1", "zarr.json", "a/b/zarr.json", "__proto__/zarr.json"],
	...["a/.zarray", ".zmetadata", "a/zarr.json", "g/.zgroup", "x/.zattrs", "a/c/-1/0", "a/c/1e3/0"],
];

const EXTREMES: readonly bigint[] = [
	0n,
	1n,
	0xffn,
	2n ** 31n - 1n,
	2n ** 31n,
	2n ** 32n - 1n,
	2n ** 63n,
	2n ** 64n - 1n,
];

function mutateBytes(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
	const copy = new Uint8Array(bytes);
	const at = random.below(copy.length);
	switch (random.below(9)) {
		case 0:
		case 1:
			for (let n = 1 + random.below(4); n > 0 && copy.length > 0; n--) {
				const where = random.below(copy.length);
				copy[where] = (copy[where] as number) ^ (1 << random.below(8));
			}
			return copy;
		case 2:
			if (copy.length > 0) copy[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
			return copy;
		case 3:
			return copy.subarray(0, at);
		case 4:
			return Uint8Array.from([...copy, ...Array.from({ length: 1 + random.below(40) }, () => random.below(256))]);
		case 5:
			return Uint8Array.from([...copy.subarray(0, at), ...other.subarray(random.below(other.length))]);
		case 6:
			return overwriteNumber(random, copy);
		case 7:
			return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + 1 + random.below(8))]);
		default:
			return new Uint8Array(random.pick([0, 1, 4, 16, copy.length, 100_000]));
	}
}

/** Lengths and offsets are numbers of 4 or 8 bytes, mostly near one of the ends. */
function overwriteNumber(random: Random, bytes: Uint8Array): Uint8Array {
	const size = random.pick([4, 8]);
	if (bytes.length < size) return bytes;
	const near = random.below(Math.min(64, bytes.length - size + 1));
	const at = random.pick([near, bytes.length - size - near, random.below(bytes.length - size + 1)]);
	const view = new DataView(bytes.buffer);
	const value = random.oneIn(3) ? BigInt(random.below(2 * bytes.length)) : random.pick(EXTREMES);
	if (size === 4) view.setUint32(at, Number(value & 0xffffffffn), true);
	else view.setBigUint64(at, value, true);
	return bytes;
}
