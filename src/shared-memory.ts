/** Memory that several threads see. */

/** Where each piece carries its weight: as a member it dies with the piece, also in a collection of young objects, which a WeakMap would survive. */
const WEIGHT = Symbol("weight");

/**
 * Each collection marks a heap of some MB in every thread that saw the memory: at the full weight, after 24 MB of results, that took as long as reading them.
 * So some 200 MB of results that nobody holds may lie about, and no more of those that are large by themselves.
 */
function weightOf(bytes: number): number {
	return Math.max(bytes / 8, bytes - LARGE);
}

/** Bytes. */
const LARGE = 2 ** 26;

/**
 * Shared memory that garbage collection takes into account. V8 does not count it, so results that nobody holds would pile up; plain memory of its
 * weight beside each is counted, and costs nothing, since it is never touched. Every thread that sees the memory counts for itself.
 */
export function counted(shared: SharedArrayBuffer): SharedArrayBuffer {
	Object.defineProperty(shared, WEIGHT, { value: new ArrayBuffer(weightOf(shared.byteLength)) });
	return shared;
}

/** The shared memory in plain data, in the order in which it is found. */
export function* sharedMemoryIn(data: unknown): Generator<SharedArrayBuffer> {
	if (typeof data !== "object" || data === null) return;
	if (!ArrayBuffer.isView(data)) for (const member of Object.values(data)) yield* sharedMemoryIn(member);
	else if (data.buffer instanceof SharedArrayBuffer) yield data.buffer;
}

/** True for memory that other threads can see. */
export function isShared(memory: { readonly buffer: ArrayBufferLike } | readonly unknown[]): boolean {
	return typeof SharedArrayBuffer !== "undefined" && "buffer" in memory && memory.buffer instanceof SharedArrayBuffer;
}

/** Objects smaller than this are better copied into a message than given memory of their own. */
const WORTH_SHARING = 16 * 1024;

/** The same bytes in memory that other threads can see, where they are worth it; itself where they are there already. */
export function toShared(bytes: Uint8Array): Uint8Array {
	if (isShared(bytes) || bytes.byteLength < WORTH_SHARING) return bytes;
	const shared = new Uint8Array(counted(new SharedArrayBuffer(bytes.byteLength)));
	shared.set(bytes);
	return shared;
}
