/** Which chunks of an array are stored, by their numbers in row-major order. */
import type { Backend } from "../backend.js";
import { giveWay } from "../engine.js";
import { parseChunkKey } from "../format/chunk-keys.js";
import type { ArrayMetadata } from "../format/metadata.js";
import { chunkPrefix } from "../format/names.js";
import { gridShape } from "../selection/grid.js";

interface Named {
	readonly backend: Backend;
	readonly name: string;
	readonly metadata: ArrayMetadata;
}

/** The number of the chunk of a key; undefined for what is no chunk of the grid. */
export function chunkNumbers({ name, metadata }: Omit<Named, "backend">): (key: string) => number | undefined {
	const { shape, grid, chunkKeyEncoding } = metadata;
	const lengths = gridShape(grid, shape);
	const prefix = chunkPrefix(name);
	return (key) => {
		const coords = parseChunkKey(key, prefix, chunkKeyEncoding, shape.length);
		if (coords?.every((c, d) => c < (lengths[d] as number)) !== true) return undefined;
		return coords.reduce((number, c, d) => number * (lengths[d] as number) + c, 0);
	};
}

/** The numbers of the stored chunks of the grid, in no particular order. */
export async function* storedNumbers(
	array: Named,
	signal: AbortSignal | undefined,
): AsyncGenerator<number, void, undefined> {
	const numberOf = chunkNumbers(array);
	for await (const { key } of array.backend.list(chunkPrefix(array.name), { signal })) {
		await giveWay();
		const number = numberOf(key);
		if (number !== undefined) yield number;
	}
}

/** Whether any chunk of the grid is stored. */
export async function hasStoredChunk(array: Named, signal: AbortSignal | undefined): Promise<boolean> {
	for await (const _ of storedNumbers(array, signal)) return true;
	return false;
}

/** Chunks of one page of {@link NumberSet}. */
const PAGE = 4096;
const FULL = "full";

/** A set of chunk numbers. What is close together takes a bit for each, and nothing where all of a page is there. */
export class NumberSet {
	readonly #pages = new Map<number, { readonly bits: Uint8Array; size: number } | typeof FULL>();

	add(number: number): void {
		const at = Math.floor(number / PAGE);
		const page = this.#pages.get(at) ?? { bits: new Uint8Array(PAGE / 8), size: 0 };
		if (page === FULL || this.has(number)) return;
		const bit = number % PAGE;
		page.bits[bit >> 3] = (page.bits[bit >> 3] as number) | (1 << (bit & 7));
		page.size++;
		this.#pages.set(at, page.size === PAGE ? FULL : page);
	}

	has(number: number): boolean {
		const page = this.#pages.get(Math.floor(number / PAGE));
		if (page === undefined || page === FULL) return page === FULL;
		const bit = number % PAGE;
		return ((page.bits[bit >> 3] as number) & (1 << (bit & 7))) !== 0;
	}
}

/** The numbers of the chunks that are stored. */
export async function storedSet(array: Named, signal: AbortSignal | undefined): Promise<NumberSet> {
	const stored = new NumberSet();
	for await (const number of storedNumbers(array, signal)) stored.add(number);
	return stored;
}

/** Those of `count` numbers that are not in a set, in ascending order. */
export function numbersLeft(count: number, set: NumberSet): Float64Array {
	const left: number[] = [];
	for (let n = 0; n < count; n++) if (!set.has(n)) left.push(n);
	return Float64Array.from(left);
}

/** The numbers of the chunks of the grid that are not stored, in ascending order. */
export async function missingNumbers(array: Named, signal: AbortSignal | undefined): Promise<Float64Array> {
	const { shape, grid } = array.metadata;
	const count = gridShape(grid, shape).reduce((product, length) => product * length, 1);
	return numbersLeft(count, await storedSet(array, signal));
}
