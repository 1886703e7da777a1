import type { Values } from "../../format/data-types.js";
import { fillFromUser } from "../../format/fill-value.js";
import { chunkOrigin } from "../../selection/grid.js";
import { type Plan, planSelection, wholeRegion } from "../../selection/plan.js";
import { fillRegion, rowMajorStrides, type StridedView } from "../../selection/region.js";
import { type StoredArray, validShape } from "../../stored-array.js";
import { type NdArray, ndArray } from "../../values/nd-array.js";
import { type Boundary, type HaloPart, haloParts } from "./boundary.js";
import { type CacheRoom, type ChunkCopier, openCache } from "./chunk-cache.js";

/** How blocks are cut from the inputs of a map. */
export interface Blocks {
	/** Elements on both sides, per axis. */
	readonly halo: readonly number[];
	readonly boundary: Boundary;
	/** What lies beyond the border under `constant`; as a user gives a fill value. */
	readonly boundaryValue: unknown;
}

/** A part of an array, without its halo. */
export interface Box {
	readonly origin: readonly number[];
	readonly shape: readonly number[];
}

/** What lies within a chunk of `array`. */
export function boxOf(array: StoredArray, coords: readonly number[]): Box {
	return { origin: chunkOrigin(array.metadata.grid, coords), shape: validShape(array, coords) };
}

/** Reads blocks with halo of one array, each as a contiguous copy. */
export class BlockReader {
	readonly #array: StoredArray;
	readonly #blocks: Blocks;
	readonly #cache: ChunkCopier;
	/** One element from beyond the border. */
	readonly #beyond: Values;

	constructor(array: StoredArray, blocks: Blocks, cache: CacheRoom) {
		this.#array = array;
		this.#blocks = blocks;
		this.#cache = openCache(array, cache);
		this.#beyond = fillFromUser(blocks.boundaryValue, array.spec.dtype);
	}

	/** Bytes of the largest block that is read for `output`. */
	blockBytes(output: StoredArray): number {
		const { dtype } = this.#array.spec;
		const entries = output.largest.spec.shape.reduce(
			(product, length, d) => product * (length + 2 * (this.#blocks.halo[d] as number)),
			dtype.components,
		);
		return entries * dtype.Array.BYTES_PER_ELEMENT;
	}

	async read(box: Box, signal: AbortSignal): Promise<NdArray> {
		const { dtype } = this.#array.spec;
		const { halo, boundary } = this.#blocks;
		const shape = box.shape.map((length, d) => length + 2 * (halo[d] as number));
		const stride = rowMajorStrides(shape, dtype.components);
		const data = new dtype.Array(shape.reduce((product, length) => product * length, dtype.components));
		if (boundary === "constant") fillRegion({ data, offset: 0, stride }, wholeRegion(shape), this.#beyond);
		for (const { plan, at } of this.#parts(box)) {
			const offset = at.reduce((sum, position, d) => sum + position * (stride[d] as number), 0);
			await this.#fill({ data, offset, stride }, plan, signal);
		}
		return ndArray(data as never, dtype.components === 1 ? shape : [...shape, dtype.components]);
	}

	async #fill(target: StridedView, plan: Plan, signal: AbortSignal): Promise<void> {
		for (let n = 0; n < plan.count; n++) await this.#cache.copy(plan.coords(n), plan.region(n), target, signal);
	}

	/** What lies within the array first, which is most of it and long rows, then each side of what the boundary makes. */
	*#parts({ origin, shape }: Box): Generator<{ readonly plan: Plan; readonly at: readonly number[] }> {
		const { halo, boundary } = this.#blocks;
		const { shape: lengths, grid } = this.#array.metadata;
		const axes = origin.map((start, d) =>
			haloParts(start, shape[d] as number, halo[d] as number, { length: lengths[d] as number, boundary }),
		);
		for (const parts of combinations(axes)) {
			const selections = parts.map(({ selection }) => selection);
			yield { plan: planSelection(selections, grid), at: parts.map(({ at }) => at) };
		}
	}
}

/** One entry of each list, in every combination, the first of each first. */
function* combinations(lists: readonly (readonly HaloPart[])[]): Generator<readonly HaloPart[]> {
	const [first, ...rest] = lists;
	if (first === undefined) yield [];
	else for (const entry of first) for (const others of combinations(rest)) yield [entry, ...others];
}
