/**
 * Shared memory on both sides of a message. Each message makes a new object of the same memory in the thread that it reaches, and the
 * memory is not freed before all of them are collected. V8 does not count it, so a worker would not collect them for a long time.
 */
import { counted } from "../../src/shared-memory.js";

/** Where each piece carries its number. A WeakMap that grows while garbage is sought keeps all its keys until the search after the next. */
const IDENTITY: unique symbol = Symbol("identity");

let last = 0;

/** The number by which workers know a piece of the owner's memory. */
export function identityOf(shared: SharedArrayBuffer & { [IDENTITY]?: number }): number {
	shared[IDENTITY] ??= ++last;
	return shared[IDENTITY];
}

/** Smaller pieces do not matter (bytes). */
const SMALL = 16 * 1024;
/** Pieces that are remembered. */
const MANY = 10_000;
const known = new Set<number>();

/**
 * Lets garbage collection in this worker know of memory that came along for the first time. What comes again and again is counted once:
 * for each message it would cost a collection now and then.
 */
export function count(identity: number, shared: SharedArrayBuffer): void {
	if (shared.byteLength < SMALL || known.has(identity)) return;
	if (known.size === MANY) known.clear();
	known.add(identity);
	counted(shared);
}
