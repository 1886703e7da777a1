import type { ChunkKeyEncoding } from "./metadata.js";

/**
 * The keys of an array's chunks (core specification 3.1, "Chunk key encoding"): `c/1/2` in the encoding `default`, `1.2` in `v2`,
 * both with either separator; a chunk of a 0-dimensional array is `c` or `0`.
 * @param prefix what the array's keys begin with: `""` or `path/`
 */
export function chunkKeys(
	prefix: string,
	{ name, separator }: ChunkKeyEncoding,
): (coords: readonly number[]) => string {
	if (name === "v2") {
		return (coords) => {
			let key = prefix + (coords[0] ?? 0);
			for (let d = 1; d < coords.length; d++) key += separator + coords[d];
			return key;
		};
	}
	const root = `${prefix}c`;
	return (coords) => {
		let key = root;
		for (let d = 0; d < coords.length; d++) key += separator + coords[d];
		return key;
	};
}

const DECIMAL = /^(?:0|[1-9]\d{0,15})$/;

/** The coordinates of the chunk whose key `key` is, or undefined: only what {@link chunkKeys} would write counts. */
export function parseChunkKey(
	key: string,
	prefix: string,
	{ name, separator }: ChunkKeyEncoding,
	ndim: number,
): number[] | undefined {
	const root = name === "v2" ? prefix : `${prefix}c`;
	if (!key.startsWith(root)) return undefined;
	let rest = key.slice(root.length);
	if (ndim === 0) return rest === (name === "v2" ? "0" : "") ? [] : undefined;
	if (name === "default") {
		if (!rest.startsWith(separator)) return undefined;
		rest = rest.slice(1);
	}
	const parts = rest.split(separator, ndim + 1);
	if (parts.length !== ndim || !parts.every((part) => DECIMAL.test(part))) return undefined;
	const coords = parts.map(Number);
	return coords.every(Number.isSafeInteger) ? coords : undefined;
}
