import type { Connection } from "../../src/connection.js";
import type { Dataset } from "../../src/dataset.js";
import type { MeterSnapshot } from "../../src/wrap/meter.js";

export interface DatasetOptions {
	/** Opens the store of a closed connection again; without it, what outlives a connection is not tested. */
	readonly reopen?: ((closed: Connection) => Promise<Connection>) | undefined;
}

/** One sentence of what a dataset promises, and what shows that it is kept on a fresh, empty store. */
export interface Clause {
	readonly name: string;
	/** What the store must be able to do for the promise to be made. */
	readonly needs: (con: Connection) => boolean;
	check(con: Connection, options: DatasetOptions): Promise<void>;
}

type Needs = Clause["needs"];

/** A promise made on every store. */
export function always(name: string, check: Clause["check"]): Clause {
	return { name, needs: () => true, check };
}

/** A promise that takes writing to parts of chunks. */
export function partial(name: string, check: Clause["check"]): Clause {
	return { name, needs: writesParts, check };
}

/** A promise to several writers at once. */
export function racing(name: string, check: Clause["check"]): Clause {
	return { name, needs: ({ supports }) => supports.compareAndSwap === true, check };
}

export function where(needs: Needs, name: string, check: Clause["check"]): Clause {
	return { name, needs, check };
}

export const writesParts: Needs = (con) => con.supports.compareAndSwap === true || con.singleWriter;
export const lists: Needs = ({ supports }) => supports.list;

/** What the store was asked for while `work` ran. */
export async function requestsOf(con: Connection, work: () => Promise<unknown>): Promise<Requests> {
	const before = con.meter.snapshot();
	await work();
	return difference(before, con.meter.snapshot());
}

export type Requests = { readonly [operation in keyof MeterSnapshot["byOperation"]]: number };

function difference(before: MeterSnapshot, after: MeterSnapshot): Requests {
	const names = Object.keys(after.byOperation) as (keyof Requests)[];
	const counts = names.map((name) => [name, after.byOperation[name].operations - before.byOperation[name].operations]);
	return Object.fromEntries(counts) as Requests;
}

/** Elements of one stored object: of a shard where the connection makes shards of chunks. */
export function objectShape({ shardShape, chunkShape }: Dataset): readonly number[] {
	return shardShape ?? chunkShape;
}

/** Every key of the store, sorted. */
export async function keysOf({ backend }: Connection): Promise<string[]> {
	const keys: string[] = [];
	for await (const { key } of backend.list("")) keys.push(key);
	return keys.sort();
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
	const collected: T[] = [];
	for await (const item of items) collected.push(item);
	return collected;
}

/** The error of a call that must fail. */
export async function failureOf(call: () => Promise<unknown>): Promise<unknown> {
	try {
		await call();
	} catch (error) {
		return error;
	}
	throw new Error("the call succeeded, but must fail");
}
