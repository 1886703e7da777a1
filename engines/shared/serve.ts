import type { Backend, Fetched, GetOptions } from "../../src/backend.js";
import { errorToPlain } from "../../src/errors.js";
import { toShared } from "../../src/shared-memory.js";
import type { StoredArray } from "../../src/stored-array.js";
import { inLanes } from "./in-lanes.js";
import type { Answer, KnownObject, Request } from "./messages.js";
import { type ArrayReference, arrayReference } from "./references.js";

interface FetchOptions {
	/** Requests at once. */
	readonly lanes: number;
	readonly signal: AbortSignal;
	/** Of each object: bytes. */
	readonly limit: number;
}

/** The owner's end of the line to one worker. */
export interface ServedLine {
	/** Takes a request; the answer is posted. */
	receive(request: Request): void;
	/** The worker is gone: nothing that it asked for is waited for. */
	close(): void;
}

/** Serves the bytes of stores that only this thread can reach. */
export class BackendServer {
	readonly #backends = new Map<number, Backend>();
	readonly #sharesMemory: boolean;
	#last = 0;

	/** @param sharesMemory workers see shared memory of this thread, so that large objects need not be copied into messages */
	constructor(sharesMemory: boolean) {
		this.#sharesMemory = sharesMemory;
	}

	/** How a worker finds the array. What is served is to be released. */
	reference(array: StoredArray): ArrayReference {
		const { backend } = array;
		if (backend.spec !== undefined) return arrayReference(array, { kind: "spec", spec: backend.spec });
		const id = ++this.#last;
		this.#backends.set(id, backend);
		const { location, supports } = backend;
		return arrayReference(array, { kind: "served", id, location, supports: { ...supports } });
	}

	release({ backend }: ArrayReference): void {
		if (backend.kind === "served") this.#backends.delete(backend.id);
	}

	/** Objects that tasks will read. After the first failure nothing more is asked for: the task that meets it fails, and the job. */
	async objects(id: number, keys: readonly string[], { lanes, ...options }: FetchOptions): Promise<KnownObject[]> {
		const known: KnownObject[] = [];
		let failed = false;
		const fetch = async (i: number): Promise<void> => {
			if (failed) return;
			const key = keys[i] as string;
			try {
				known.push([key, { value: await this.#get(id, key, options) }]);
			} catch (error) {
				failed = true;
				known.push([key, { error: errorToPlain(error) }]);
				throw error;
			}
		};
		await inLanes(keys.length, lanes, fetch).catch(() => {});
		return known;
	}

	/** The line to a worker. @param post sends it an answer */
	connect(post: (answer: Answer) => void): ServedLine {
		const running = new Map<number, AbortController>();
		return {
			receive: (request) => {
				if ("cancel" in request) running.get(request.call)?.abort();
				else void this.#answer(post, request, running);
			},
			close: () => {
				for (const abort of running.values()) abort.abort();
			},
		};
	}

	async #answer(
		post: (answer: Answer) => void,
		{ call, backend, key, fresh, limit }: Exclude<Request, { cancel: true }>,
		running: Map<number, AbortController>,
	): Promise<void> {
		const abort = new AbortController();
		running.set(call, abort);
		try {
			post({ call, value: await this.#get(backend, key, { fresh, limit, signal: abort.signal }) });
		} catch (error) {
			post({ call, error: errorToPlain(error) });
		} finally {
			running.delete(call);
		}
	}

	/** Parts in shared memory where they are large and workers see that: what crosses by message is copied. */
	async #get(id: number, key: string, options: GetOptions): Promise<Fetched | undefined> {
		const backend = this.#backends.get(id);
		if (!this.#sharesMemory) return backend?.get(key, options);
		const fetched = await backend?.get(key, { ...options, shared: true });
		return fetched && { ...fetched, parts: fetched.parts.map(toShared) };
	}
}
