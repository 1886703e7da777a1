import {
	type Backend,
	type ByteRange,
	type CallOptions,
	type Capabilities,
	checkKey,
	checkLimit,
	checkWrites,
	conflict,
	type Etag,
	type Fetched,
	type GetOptions,
	type ListEntry,
	type ListOptions,
	type ObjectInfo,
	type Precondition,
	type PutOptions,
	spanOf,
	type Usage,
	type Write,
} from "../../src/backend.js";
import { aborted, StoreError } from "../../src/errors.js";
import { toShared } from "../../src/shared-memory.js";

export interface RamOptions {
	/** Backends of one name share their objects within the process, until the last of them is closed. Without a name: private. */
	readonly name?: string | undefined;
}

/** Objects in this process's memory. A `get` returns the stored bytes themselves; a `put` replaces them, never changes them. */
export function ram(options: RamOptions = {}): Backend {
	return new RamBackend(openSpace(options.name));
}

/**
 * Opens `ram:NAME`; `ram:` is private.
 * @throws StoreError INVALID_ARGUMENT on any option: there are none
 */
export function open(target: string, options: Record<string, unknown> = {}): Backend {
	const unknown = Object.keys(options)[0];
	if (unknown !== undefined)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`the backend ram has no option ${JSON.stringify(unknown)}: it takes none but its name, as in ram:NAME`,
		);
	return ram(target === "" ? {} : { name: target });
}

const SUPPORTS: Capabilities = {
	write: true,
	list: true,
	ranges: true,
	readsInto: false,
	createIfAbsent: true,
	compareAndSwap: true,
	conditionalDelete: true,
	atomicMultiPut: true,
	persistent: false,
	sharedBetweenProcesses: false,
	remembersWrites: true,
};

interface Stored {
	/** Handed out as it is by every `get` of the whole object, hence frozen. */
	readonly whole: Fetched;
	/** Milliseconds since 1970. */
	readonly modified: number;
	/** Ids of the writes that made this version and those before it, newest first. */
	readonly writes: readonly string[];
}

interface Space {
	/** Undefined: private. */
	readonly name: string | undefined;
	readonly location: string;
	readonly objects: Map<string, Stored>;
	openers: number;
}

/** Those with a name. */
const spaces = new Map<string, Space>();
let privateSpaces = 0;
/** One for all spaces, so that no etag ever comes back, not even under a name that was closed and opened again. */
let generation = 0;

function openSpace(name: string | undefined): Space {
	if (name === undefined) return { name, location: `ram:#${++privateSpaces}`, objects: new Map(), openers: 1 };
	const space = spaces.get(name) ?? {
		name,
		location: `ram:${name.replace(/[%#/]/g, encodeURIComponent)}`,
		objects: new Map(),
		openers: 0,
	};
	space.openers++;
	spaces.set(name, space);
	return space;
}

function closeSpace(space: Space): void {
	if (--space.openers === 0 && space.name !== undefined) spaces.delete(space.name);
}

class RamBackend implements Backend {
	readonly name = "ram";
	readonly spec = undefined;
	readonly supports = SUPPORTS;
	readonly location: string;
	#space: Space | undefined;

	constructor(space: Space) {
		this.location = space.location;
		this.#space = space;
	}

	async get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		const objects = this.#enter(options);
		checkKey(key);
		const whole = objects.get(key)?.whole;
		if (whole === undefined || options === undefined) return whole;
		const { ifMatch, ranges, limit, shared } = options;
		if (ifMatch !== undefined && ifMatch !== whole.etag) throw conflict(key);
		if (ranges === undefined) checkLimit(key, whole.size, limit);
		const readable = shared ? sharedWhole(objects, key, whole) : whole;
		return ranges === undefined ? readable : cut(readable, ranges);
	}

	async head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		const objects = this.#enter(options);
		checkKey(key);
		const stored = objects.get(key);
		if (stored === undefined) return undefined;
		const { whole, modified, writes } = stored;
		return { etag: whole.etag, size: whole.size, modified: new Date(modified), writes };
	}

	async put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		const objects = this.#enter(options);
		checkKey(key);
		checkPrecondition(key, objects.get(key), options?.when);
		return store(objects, key, keep(bytes, options?.owned), options ?? {});
	}

	async commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		const objects = this.#enter(options);
		checkWrites(writes);
		for (const { key, when } of writes) checkPrecondition(key, objects.get(key), when);
		const kept = writes.map(({ bytes, owned }) => bytes && keep(bytes, owned));
		return writes.map((write, i) => {
			const bytes = kept[i];
			if (bytes !== undefined) return store(objects, write.key, bytes, write);
			objects.delete(write.key);
			return undefined;
		});
	}

	async delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		const objects = this.#enter(options);
		keys.forEach(checkKey);
		for (const key of keys) objects.delete(key);
	}

	async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListEntry> {
		const objects = this.#enter(options);
		const folded = new Set<string>();
		// A copy of the keys: one that is deleted and put again while the caller walks must not come twice.
		for (const key of [...objects.keys()].filter((key) => key.startsWith(prefix))) {
			this.#enter(options);
			const slash = options?.delimiter === undefined ? -1 : key.indexOf("/", prefix.length);
			const size = objects.get(key)?.whole.size;
			if (size === undefined) continue;
			if (slash < 0) yield { kind: "object", key, size };
			else folded.add(key.slice(0, slash + 1));
		}
		for (const key of folded) yield { kind: "prefix", key };
	}

	async probe(options?: CallOptions): Promise<Capabilities> {
		this.#enter(options);
		return SUPPORTS;
	}

	async usage(options?: CallOptions): Promise<Usage> {
		const objects = this.#enter(options);
		return { bytes: [...objects.values()].reduce((sum, { whole }) => sum + whole.size, 0), reclaimable: 0 };
	}

	async compact(options?: CallOptions): Promise<void> {
		this.#enter(options);
	}

	async close(): Promise<void> {
		if (this.#space !== undefined) closeSpace(this.#space);
		this.#space = undefined;
	}

	#enter(options: CallOptions | undefined): Map<string, Stored> {
		if (this.#space === undefined)
			throw new StoreError("CLOSED", `${this.location} was closed; open it again to go on using it`);
		if (options?.signal?.aborted) throw aborted(options.signal);
		return this.#space.objects;
	}
}

/** Moves the object to memory that other threads can see. It is the same version: its bytes are. */
function sharedWhole(objects: Map<string, Stored>, key: string, plain: Fetched): Fetched {
	const [bytes] = plain.parts as readonly [Uint8Array];
	const shared = toShared(bytes);
	if (shared === bytes) return plain;
	const whole = Object.freeze({ ...plain, parts: Object.freeze([shared]) });
	objects.set(key, { ...(objects.get(key) as Stored), whole });
	return whole;
}

function cut(whole: Fetched, ranges: readonly ByteRange[]): Fetched {
	const [bytes] = whole.parts as readonly [Uint8Array];
	const parts = ranges.map((range) => {
		const { start, end } = spanOf(range, whole.size);
		return bytes.subarray(start, end);
	});
	return { parts, etag: whole.etag, size: whole.size };
}

/** The bytes as they will be stored: a copy, or the caller's own where they were given away and keep no larger memory alive. */
function keep(bytes: Uint8Array, owned: boolean | undefined): Uint8Array {
	if (owned !== true || bytes.byteLength !== bytes.buffer.byteLength) return new Uint8Array(bytes);
	return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer);
}

function store(objects: Map<string, Stored>, key: string, bytes: Uint8Array, write: PutOptions): Etag {
	const etag = String(++generation);
	const whole = Object.freeze({ parts: Object.freeze([bytes]), etag, size: bytes.byteLength });
	objects.set(key, { whole, modified: Date.now(), writes: remembered(objects.get(key), write) });
	return etag;
}

/** Ids that are remembered of one object. */
const REMEMBERED = 64;
const NONE: readonly string[] = [];

function remembered(replaced: Stored | undefined, { when, writeId = "" }: PutOptions): readonly string[] {
	const before = when !== undefined && "etag" in when ? (replaced?.writes ?? NONE) : NONE;
	return writeId === "" && before.length === 0 ? NONE : [writeId, ...before.slice(0, REMEMBERED - 1)];
}

function checkPrecondition(key: string, stored: Stored | undefined, when: Precondition | undefined): void {
	if (when === undefined) return;
	const holds = "absent" in when ? stored === undefined : stored?.whole.etag === when.etag;
	if (!holds) throw conflict(key);
}
