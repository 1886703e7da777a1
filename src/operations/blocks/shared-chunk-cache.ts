import { readChunk } from "../../chunk-read.js";
import { aborted } from "../../errors.js";
import type { TypedArray } from "../../format/data-types.js";
import { Pool } from "../../recycler.js";
import { gridShape } from "../../selection/grid.js";
import { type Region, wholeRegion } from "../../selection/plan.js";
import { gather, rowMajorStrides, type StridedView } from "../../selection/region.js";
import { counted } from "../../shared-memory.js";
import { type StoredArray, validShape } from "../../stored-array.js";

/** Decoded chunks that all threads of a job see: plain and cloneable. */
export interface SharedChunks {
	/** Slots, each with room for a chunk. */
	readonly values: SharedArrayBuffer;
	/** In shared memory: the lock, the clock, then {@link FIELDS} entries for each slot, then one for each chunk of the grid: its slot + 1, or 0. */
	readonly control: Int32Array;
	readonly slots: number;
}

const LOCK = 0;
const CLOCK = 1;
const HEAD = 2;
/** Of a slot: the number of its chunk + 1, or 0; whether that is there; how many tasks are at it; when it was last used. */
const FIELDS = 4;
const [CHUNK, IS_THERE, TASKS, USED] = [0, 1, 2, 3];

/** With fewer slots the threads would drop what the others need. */
const FEW_SLOTS = 8;
/** The least used is searched among all. */
const MOST_SLOTS = 4096;
/** Chunks of a grid whose slots are listed. */
const MOST_CHUNKS = 2 ** 20;

/** Memory for decoded chunks of an array; undefined where they cannot be shared, or hardly any would have room. */
export function sharedChunks(array: StoredArray, bytes: number): SharedChunks | undefined {
	const chunks = gridShape(array.metadata.grid, array.metadata.shape).reduce((count, length) => count * length, 1);
	const slots = Math.min(chunks, MOST_SLOTS, Math.floor(bytes / array.chunkBytes));
	const canShare = array.isUniform && array.spec.dtype.boxing === undefined && chunks <= MOST_CHUNKS;
	if (!canShare || slots < Math.min(chunks, FEW_SLOTS)) return undefined;
	const length = slots * array.chunkBytes;
	return {
		values: spare.take(
			() => counted(new SharedArrayBuffer(length)),
			({ byteLength }) => byteLength >= length && byteLength <= 2 * length,
		),
		control: new Int32Array(new SharedArrayBuffer(4 * (HEAD + FIELDS * slots + chunks))),
		slots,
	};
}

/** Takes back the memory of a job whose tasks have all ended. */
export function giveBack({ values }: SharedChunks): void {
	spare.give(values);
}

/** Kept for the next job: the first touch of fresh memory costs as much as decoding into it. */
const spare = new Pool<SharedArrayBuffer>({ size: ({ byteLength }) => byteLength, most: 2 ** 28, idle: 10_000 });

/** What to do for a chunk: decode it into a slot, copy it from there, wait for who decodes it, or do without. */
type Claim =
	| { readonly kind: "load" | "copy"; readonly slot: number }
	| { readonly kind: "wait"; readonly slot: number }
	| { readonly kind: "none" };

const NONE: Claim = { kind: "none" };

/**
 * Decoded chunks of one job, seen by all of its threads, so that a chunk which the blocks of several threads touch is fetched and decoded once. The least
 * recently used is dropped first, and none while a task is at it.
 */
export class SharedChunkCache {
	readonly #array: StoredArray;
	readonly #control: Int32Array;
	readonly #values: SharedArrayBuffer;
	readonly #slots: number;
	readonly #grid: readonly number[];

	constructor(array: StoredArray, { values, control, slots }: SharedChunks) {
		this.#array = array;
		this.#control = control;
		this.#values = values;
		this.#slots = slots;
		this.#grid = gridShape(array.metadata.grid, array.metadata.shape);
	}

	async copy(coords: readonly number[], region: Region, target: StridedView, signal: AbortSignal): Promise<void> {
		const chunk = coords.reduce((number, at, d) => number * (this.#grid[d] as number) + at, 0);
		let claim = this.#claim(chunk);
		for (; claim.kind === "wait"; claim = this.#claim(chunk)) {
			if (signal.aborted) throw aborted(signal);
			await this.#isThere(claim.slot);
		}
		if (claim.kind === "none") return readChunk(this.#array, coords, { region, target }, { signal });
		const { slot } = claim;
		const values = this.#view(slot);
		if (claim.kind === "load") await this.#load(slot, coords, values, signal);
		gather(values, region, target, this.#array.spec.dtype.components);
		Atomics.sub(this.#control, this.#field(slot, TASKS), 1);
	}

	async #load(slot: number, coords: readonly number[], target: StridedView, signal: AbortSignal): Promise<void> {
		let isLoaded = false;
		try {
			const region = wholeRegion(validShape(this.#array, coords));
			await readChunk(this.#array, coords, { region, target }, { signal });
			isLoaded = true;
		} finally {
			this.#settle(slot, isLoaded);
		}
	}

	/** Whoever gets a slot to load or to copy is at it until it takes itself off. */
	#claim(chunk: number): Claim {
		if (!this.#lock()) return NONE;
		const known = (this.#control[this.#listed(chunk)] as number) - 1;
		let claim: Claim = NONE;
		if (known >= 0) claim = { kind: this.#control[this.#field(known, IS_THERE)] === 1 ? "copy" : "wait", slot: known };
		else {
			const slot = this.#leastUsed();
			if (slot !== undefined) {
				this.#replace(slot, chunk);
				claim = { kind: "load", slot };
			}
		}
		if (claim.kind === "copy" || claim.kind === "load") {
			this.#control[this.#field(claim.slot, USED)] = Atomics.add(this.#control, CLOCK, 1) + 1;
			Atomics.add(this.#control, this.#field(claim.slot, TASKS), 1);
		}
		this.#unlock();
		return claim;
	}

	#replace(slot: number, chunk: number): void {
		const control = this.#control;
		const dropped = control[this.#field(slot, CHUNK)] as number;
		if (dropped > 0) control[this.#listed(dropped - 1)] = 0;
		control[this.#field(slot, CHUNK)] = chunk + 1;
		control[this.#field(slot, IS_THERE)] = 0;
		control[this.#listed(chunk)] = slot + 1;
	}

	#leastUsed(): number | undefined {
		let least: number | undefined;
		let used = Number.POSITIVE_INFINITY;
		for (let slot = 0; slot < this.#slots; slot++) {
			const at = this.#control[this.#field(slot, USED)] as number;
			if (at >= used || Atomics.load(this.#control, this.#field(slot, TASKS)) > 0) continue;
			[least, used] = [slot, at];
		}
		return least;
	}

	/** Tells those who wait. What could not be loaded is not listed any more, and whoever waits tries it by itself. */
	#settle(slot: number, isLoaded: boolean): void {
		const control = this.#control;
		const isThere = this.#field(slot, IS_THERE);
		if (isLoaded) Atomics.store(control, isThere, 1);
		else {
			Atomics.store(control, this.#listed((control[this.#field(slot, CHUNK)] as number) - 1), 0);
			Atomics.store(control, this.#field(slot, CHUNK), 0);
			Atomics.sub(control, this.#field(slot, TASKS), 1);
		}
		Atomics.notify(control, isThere);
	}

	/** Resolves when the slot's chunk is there, or may be: whoever loads it may fail, or be lost. */
	async #isThere(slot: number): Promise<void> {
		const outcome = waitAsync(this.#control, this.#field(slot, IS_THERE), 0, PATIENCE);
		if (outcome.async) await outcome.value;
	}

	/** False where the lock could not be had: whoever has it was lost. */
	#lock(): boolean {
		const control = this.#control;
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			if (Atomics.compareExchange(control, LOCK, 0, 1) === 0) return true;
			Atomics.wait(control, LOCK, 1, 1);
		}
		return false;
	}

	#unlock(): void {
		Atomics.store(this.#control, LOCK, 0);
		Atomics.notify(this.#control, LOCK, 1);
	}

	#field(slot: number, field: number | undefined): number {
		return HEAD + FIELDS * slot + (field as number);
	}

	/** The entry with the slot of a chunk. */
	#listed(chunk: number): number {
		return HEAD + FIELDS * this.#slots + chunk;
	}

	#view(slot: number): StridedView {
		const { spec, chunkBytes, largest } = this.#array;
		const { Array: Values, components } = spec.dtype;
		const entries = chunkBytes / Values.BYTES_PER_ELEMENT;
		const data = new Values(this.#values, slot * chunkBytes, entries) as TypedArray;
		return { data, offset: 0, stride: rowMajorStrides(largest.spec.shape, components) };
	}
}

/** How long to wait for another thread before it is looked whether the job still goes on (ms). */
const PATIENCE = 100;
/** The lock is held for microseconds; after so many waits of a millisecond nobody will give it back. */
const ATTEMPTS = 1000;

type WaitAsync = (
	control: Int32Array,
	index: number,
	value: number,
	timeout: number,
) => { readonly async: boolean; readonly value: unknown };

/** Part of ES2024, and of every Node that we run on. */
const { waitAsync } = Atomics as unknown as { readonly waitAsync: WaitAsync };
