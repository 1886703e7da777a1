import type { IndexLocation, Shard } from "./layout.js";
import { ShardIndex } from "./shard-index.js";

/** Puts encoded inner chunks one after the other, in row-major order. */
export class ShardBuilder {
	readonly #shard: Shard;
	readonly #index: ShardIndex;
	readonly #pieces: Uint8Array[] = [];
	/** Where inner chunks of a known size go at once; others are kept until the size of all is known. */
	readonly #room: Uint8Array | undefined;
	#end: number;

	/** @param isNew nothing comes from another shard, where inner chunks may have any size */
	constructor(shard: Shard, isNew: boolean) {
		this.#shard = shard;
		this.#index = new ShardIndex(shard.count);
		this.#room = isNew && shard.inner.encodedSize !== undefined ? new Uint8Array(shard.plainBytes) : undefined;
		this.#end = shard.location === "start" ? shard.indexBytes : 0;
	}

	get isEmpty(): boolean {
		return this.#pieces.length === 0;
	}

	/** True where what is added may change afterwards. */
	get copies(): boolean {
		return this.#room !== undefined;
	}

	add(number: number, encoded: Uint8Array): void {
		this.#index.set(number, { offset: this.#end, length: encoded.length });
		this.#room?.set(encoded, this.#end);
		this.#pieces.push(encoded);
		this.#end += encoded.length;
	}

	/** The shard with its index, in memory of its own size. */
	async finish(): Promise<Uint8Array> {
		const { location, indexBytes } = this.#shard;
		const bytes = this.#joined(location, indexBytes);
		bytes.set(await this.#shard.encodeIndex(this.#index), location === "start" ? 0 : this.#end);
		return bytes;
	}

	#joined(location: IndexLocation, indexBytes: number): Uint8Array {
		const size = this.#end + (location === "end" ? indexBytes : 0);
		if (this.#room !== undefined) return size === this.#room.length ? this.#room : this.#room.slice(0, size);
		const bytes = new Uint8Array(size);
		let at = location === "start" ? indexBytes : 0;
		for (const piece of this.#pieces) {
			bytes.set(piece, at);
			at += piece.length;
		}
		return bytes;
	}
}
