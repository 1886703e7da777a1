/**
 * Records of chunks, some chunks with consecutive numbers in one object: what waits to be recorded at the same time is recorded by one request. Whoever
 * records anything of a chunk has seen all that others recorded of it.
 */
import type { Etag, Precondition } from "../../backend.js";
import { writesOnCondition } from "../../chunk-commit.js";
import { isStoreError } from "../../errors.js";
import { parseJson } from "../../format/json.js";
import type { StoredArray } from "../../stored-array.js";
import { textOf } from "../hierarchy/node-documents.js";
import type { Attempt } from "./attempts.js";

/** Chunks of one object. */
const BLOCK = 32;
/** Blocks that are remembered; of others the store is asked again. */
const REMEMBERED = 64;

type Attempts = ReadonlyMap<number, readonly Attempt[]>;

interface Block {
	/** By the number of the chunk. */
	readonly chunks: Attempts;
	readonly etag: Etag;
}

export class RecordBlocks {
	readonly #array: StoredArray;
	readonly #prefix: string;
	readonly #known = new Map<number, Block>();

	/** @param prefix of the keys: the number of the block follows */
	constructor(array: StoredArray, prefix: string) {
		this.#array = array;
		this.#prefix = prefix;
	}

	/** What is recorded of a chunk, as far as is known here. */
	async known(n: number): Promise<readonly Attempt[]> {
		const number = blockOf(n);
		// Without conditions, what is not known is overwritten.
		if (!this.#known.has(number) && !writesOnCondition(this.#array)) await this.#read(number);
		return this.#known.get(number)?.chunks.get(n) ?? [];
	}

	/** What is recorded of a chunk now. */
	async read(n: number): Promise<readonly Attempt[]> {
		return (await this.#read(blockOf(n)))?.chunks.get(n) ?? [];
	}

	/**
	 * Adds attempts at chunks of one block to what is known of it.
	 * @returns false where others have recorded something meanwhile, which is known then
	 */
	async add(number: number, added: readonly { readonly n: number; readonly attempt: Attempt }[]): Promise<boolean> {
		const known = this.#known.get(number);
		const chunks = new Map(known?.chunks);
		for (const { n, attempt } of added) chunks.set(n, [...(chunks.get(n) ?? []), attempt]);
		const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(chunks)));
		try {
			const options = { when: this.#conditionOf(known), owned: true };
			this.#remember(number, { chunks, etag: await this.#array.backend.put(this.#prefix + number, bytes, options) });
			return true;
		} catch (error) {
			if (!isStoreError(error, "CONFLICT")) throw error;
			await this.#read(number);
			return false;
		}
	}

	#conditionOf(known: Block | undefined): Precondition | undefined {
		if (!writesOnCondition(this.#array)) return undefined;
		return known === undefined ? { absent: true } : { etag: known.etag };
	}

	async #read(number: number): Promise<Block | undefined> {
		const key = this.#prefix + number;
		const fetched = await this.#array.backend.get(key, { fresh: true });
		this.#known.delete(number);
		if (fetched === undefined) return undefined;
		const block = { chunks: parseRecords(textOf(fetched, key), key), etag: fetched.etag };
		this.#remember(number, block);
		return block;
	}

	#remember(number: number, block: Block): void {
		this.#known.delete(number);
		this.#known.set(number, block);
		const [oldest] = this.#known.keys();
		if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
	}
}

/** The number of the object in which a chunk is recorded. */
export function blockOf(n: number): number {
	return Math.floor(n / BLOCK);
}

export function parseRecords(text: string, key: string): Attempts {
	const entries = Object.entries(parseJson(text, key) as object);
	return new Map(entries.map(([n, attempts]) => [Number(n), attempts as readonly Attempt[]]));
}
