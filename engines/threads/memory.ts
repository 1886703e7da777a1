/**
 * Shared memory on both sides of a message. Each message makes a new object of the same memory in the thread that it reaches, and the
 * memory is not freed before all of them are collected. V8 does not count it, so a worker would not collect them for a long time.
 */
import { announce } from "./news.js";

let last = 0;
const identities = new WeakMap<SharedArrayBuffer, number>();
const collected = new FinalizationRegistry<number>((identity) => announce({ memory: identity, event: "released" }));

/** The number by which workers know a piece of the owner's memory. */
export function identityOf(shared: SharedArrayBuffer): number {
	let identity = identities.get(shared);
	if (identity === undefined) {
		identity = ++last;
		identities.set(shared, identity);
		collected.register(shared, identity);
	}
	return identity;
}

const weights = new Map<number, ArrayBuffer>();

/**
 * Lets garbage collection in this worker know of memory that came along: plain memory of the same size, never touched, is counted until
 * the owner has let go of it. Making that costs a collection now and then, so memory that comes again and again has it made once.
 */
export function count(identity: number, shared: SharedArrayBuffer): void {
	if (!weights.has(identity)) weights.set(identity, new ArrayBuffer(shared.byteLength));
}

/** The owner has let go of it. */
export function forget(identity: number): void {
	weights.delete(identity);
}
