/**
 * Memory for the bytes of chunks that are being read, kept by each thread from one call to the next: the first touch of fresh memory
 * costs more than most of what is done with it, and what is left to garbage collection piles up.
 */
import { Pool } from "./recycler.js";
import { counted } from "./shared-memory.js";

/** Where the bytes of a chunk go. */
export type Room = Pick<ChunkMemory, "note" | "encoded" | "decoded">;

/** Bytes of each kind that a thread keeps. */
const KEPT = 32 * 2 ** 20 * 1.25;
/** Without use for so long, nothing is kept (ms). */
const IDLE = 10_000;

/** For one chunk at a time: what is fetched, and what that is decoded to. */
export class ChunkMemory {
	static readonly #plain = ChunkMemory.#pool();
	static readonly #shared = ChunkMemory.#pool();

	static #pool(): Pool<ChunkMemory> {
		return new Pool({ size: (memory) => memory.#encoded.length, most: KEPT, idle: IDLE });
	}

	readonly #isShared: boolean;
	#encoded: Uint8Array = new Uint8Array(0);
	/** Taken when it is needed, since decoding does not wait for anything: a thread has few of these, however much it fetches at once. */
	#decoded: Decoded | undefined;
	/** Room for the largest object so far and a little more. */
	#objectSize = 0;

	/** @param isShared other threads see what is fetched */
	constructor(isShared = false) {
		this.#isShared = isShared;
	}

	static take(): ChunkMemory {
		return ChunkMemory.#plain.take(() => new ChunkMemory());
	}

	static takeShared(): ChunkMemory {
		return ChunkMemory.#shared.take(() => new ChunkMemory(true));
	}

	/** Nothing looks at what lies in it any more. */
	giveBack(): void {
		if (this.#decoded !== undefined) decodings.give(this.#decoded);
		this.#decoded = undefined;
		(this.#isShared ? ChunkMemory.#shared : ChunkMemory.#plain).give(this);
	}

	/** Tells the size of an object. */
	note(size: number): void {
		if (size > this.#objectSize) this.#objectSize = Math.ceil(size * 1.125);
	}

	/** For the next object; undefined before one told its size. */
	encoded(): Uint8Array | undefined {
		if (this.#objectSize > this.#encoded.length) this.#encoded = newBytes(this.#objectSize, this.#isShared);
		return this.#objectSize === 0 ? undefined : this.#encoded;
	}

	/** For so many bytes that come otherwise than as one object. */
	room(length: number): Uint8Array {
		this.note(length);
		return (this.encoded() ?? this.#encoded).subarray(0, length);
	}

	decoded(length: number): Uint8Array {
		this.#decoded ??= decodings.take(() => new Decoded());
		return this.#decoded.room(length);
	}

	/** The same memory but for the values of one chunk, which go to `place`. */
	aimedAt(place: Uint8Array, isRaw: boolean): Room {
		return {
			note: (size) => this.note(size),
			encoded: () => (isRaw ? place : this.encoded()),
			decoded: (length) => (length === place.length ? place : this.decoded(length)),
		};
	}
}

function newBytes(length: number, isShared: boolean): Uint8Array {
	return isShared ? new Uint8Array(counted(new SharedArrayBuffer(length))) : new Uint8Array(length);
}

class Decoded {
	#bytes = new Uint8Array(0);

	get size(): number {
		return this.#bytes.length;
	}

	room(length: number): Uint8Array {
		if (length > this.#bytes.length) this.#bytes = new Uint8Array(length);
		return this.#bytes.subarray(0, length);
	}
}

const decodings = new Pool<Decoded>({ size: ({ size }) => size, most: KEPT, idle: IDLE });
