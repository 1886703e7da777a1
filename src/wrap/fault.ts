import type {
	Backend,
	CallOptions,
	Capabilities,
	Etag,
	Fetched,
	GetOptions,
	ListEntry,
	ListOptions,
	ObjectInfo,
	PutOptions,
	Usage,
	UsageOptions,
	Write,
} from "../backend.js";
import { StoreError } from "../errors.js";
import { refuseUnknown } from "../unknown-options.js";
import type { Operation } from "./counts.js";
import { checkPlan, draw, FAULT, type Fault, type FaultPlan, randomNumbers } from "./fault-plan.js";
import { pause } from "./pause.js";

/** A store that fails as it is told to. */
export interface FaultyBackend extends Backend {
	/** What goes wrong with the next call of an operation, instead of what the plan says; several are kept in line. `{}`: nothing. */
	next(operation: Operation, ...faults: readonly Fault[]): void;
}

/**
 * The same store, on which calls are late, fail, are carried out although they fail, or bring wrong bytes: to test what is built on stores. It has no
 * spec, so that worker threads come to it and meet the same faults. `usage`, `compact` and `close` do not fail.
 * @throws StoreError INVALID_ARGUMENT
 */
export function fault(backend: Backend, plan: FaultPlan = {}): FaultyBackend {
	checkPlan(plan);
	return new Faulty(backend, plan);
}

/** Entries of a listing before which it breaks off, at most. */
const BREAKS_WITHIN = 100;

class Faulty implements FaultyBackend {
	readonly spec = undefined;
	readonly #backend: Backend;
	readonly #plan: FaultPlan;
	readonly #random: () => number;
	readonly #next = new Map<Operation, Fault[]>();

	constructor(backend: Backend, plan: FaultPlan) {
		this.#backend = backend;
		this.#plan = plan;
		this.#random = randomNumbers(plan.seed ?? 1);
	}

	get name(): string {
		return this.#backend.name;
	}

	get location(): string {
		return this.#backend.location;
	}

	get supports(): Capabilities {
		return { ...this.#backend.supports, sharedBetweenProcesses: false };
	}

	next(operation: Operation, ...faults: readonly Fault[]): void {
		for (const fault of faults) refuseUnknown(fault, FAULT, "next");
		const line = this.#next.get(operation) ?? [];
		this.#next.set(operation, [...line, ...faults]);
	}

	get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		return this.#call("get", key, options, async ({ corrupt }) => {
			const fetched = await this.#backend.get(key, options);
			return corrupt && fetched !== undefined ? this.#corrupted(fetched) : fetched;
		});
	}

	head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		return this.#call("head", key, options, () => this.#backend.head(key, options));
	}

	put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		return this.#call("put", key, options, () => this.#backend.put(key, bytes, options));
	}

	commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		return this.#call("commit", writes[0]?.key, options, () => this.#backend.commit(writes, options));
	}

	delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		return this.#call("delete", keys[0], options, () => this.#backend.delete(keys, options));
	}

	async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListEntry> {
		const fault = this.#draw("list");
		await before(fault, prefix, options?.signal);
		let left = fault.lost ? Math.floor(this.#random() * BREAKS_WITHIN) : Number.POSITIVE_INFINITY;
		for await (const entry of this.#backend.list(prefix, options)) {
			if (left-- === 0) break;
			yield entry;
		}
		await after(fault, prefix, options?.signal);
	}

	async probe(options?: CallOptions): Promise<Capabilities> {
		const probed = await this.#call("probe", undefined, options, () => this.#backend.probe(options));
		return { ...probed, sharedBetweenProcesses: false };
	}

	usage(options?: UsageOptions): Promise<Usage> {
		return this.#backend.usage(options);
	}

	compact(options?: CallOptions): Promise<void> {
		return this.#backend.compact(options);
	}

	close(): Promise<void> {
		return this.#backend.close();
	}

	async #call<T>(
		operation: Operation,
		key: string | undefined,
		options: CallOptions | undefined,
		call: (fault: Fault) => Promise<T>,
	): Promise<T> {
		const fault = this.#draw(operation);
		await before(fault, key, options?.signal);
		const result = await call(fault);
		await after(fault, key, options?.signal);
		return result;
	}

	#draw(operation: Operation): Fault {
		const { only, ...rates } = this.#plan;
		return this.#next.get(operation)?.shift() ?? draw(only?.[operation] ?? rates, this.#random);
	}

	/** A copy, for the bytes may be those that the store keeps. */
	#corrupted(fetched: Fetched): Fetched {
		const parts = fetched.parts.map((part) => Uint8Array.from(part));
		const filled = parts.filter(({ byteLength }) => byteLength > 0);
		const part = filled[Math.floor(this.#random() * filled.length)];
		const at = Math.floor(this.#random() * (part?.byteLength ?? 0));
		if (part !== undefined) part[at] = (part[at] as number) ^ (1 << Math.floor(this.#random() * 8));
		return { ...fetched, parts };
	}
}

async function before(
	{ latency = 0, error, retryAfter }: Fault,
	key: string | undefined,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (latency > 0) await pause(latency, signal);
	if (error !== undefined) throw new StoreError(error, "this call was told to fail", { key, retryAfter });
}

async function after(
	{ slow = 0, lost }: Fault,
	key: string | undefined,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (slow > 0) await pause(slow, signal);
	if (lost) throw new StoreError("UNAVAILABLE", "the answer to this call was told to get lost", { key });
}
