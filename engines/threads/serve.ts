import type { MessagePort } from "node:worker_threads";
import type { Piscina } from "piscina";
import type { Backend, Fetched, GetOptions } from "../../src/backend.js";
import { errorToPlain } from "../../src/errors.js";
import { toShared } from "../../src/shared-memory.js";
import type { StoredArray } from "../../src/stored-array.js";
import { inLanes } from "../shared/in-lanes.js";
import { type ArrayReference, arrayReference } from "../shared/references.js";
import type { KnownObject } from "./messages.js";

/** What a worker asks of a store in its owner's memory: an object, or not to wait for it any longer. */
export type Request =
	| ({ readonly call: number; readonly backend: number; readonly key: string } & Pick<GetOptions, "fresh" | "limit">)
	| { readonly call: number; readonly cancel: true };

interface FetchOptions {
	/** Requests at once. */
	readonly lanes: number;
	readonly signal: AbortSignal;
	/** Of each object: bytes. */
	readonly limit: number;
}

/** Serves the bytes of stores that only this thread can reach. */
export class BackendServer {
	readonly #backends = new Map<number, Backend>();
	#last = 0;

	constructor(piscina: Piscina) {
		piscina.on("message", (message: { readonly tesseraePort?: MessagePort }) => {
			if (message.tesseraePort !== undefined) this.#listen(message.tesseraePort);
		});
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

	/** Objects that tasks will read. After the first failure nothing more is asked for: the task that meets it fails, and the job. */
	async objects(id: number, keys: readonly string[], { lanes, ...options }: FetchOptions): Promise<KnownObject[]> {
		const backend = this.#backends.get(id);
		const known: KnownObject[] = [];
		let failed = false;
		const fetch = async (i: number): Promise<void> => {
			if (failed) return;
			const key = keys[i] as string;
			try {
				const fetched = await backend?.get(key, { shared: true, ...options });
				known.push([key, { value: fetched && shared(fetched) }]);
			} catch (error) {
				failed = true;
				known.push([key, { error: errorToPlain(error) }]);
				throw error;
			}
		};
		await inLanes(keys.length, lanes, fetch).catch(() => {});
		return known;
	}

	release(id: number): void {
		this.#backends.delete(id);
	}

	#listen(port: MessagePort): void {
		const running = new Map<number, AbortController>();
		port.on("message", (request: Request) => {
			if ("cancel" in request) running.get(request.call)?.abort();
			else void this.#answer(port, request, running);
		});
		port.unref();
	}

	async #answer(
		port: MessagePort,
		{ call, backend, key, fresh, limit }: Exclude<Request, { cancel: true }>,
		running: Map<number, AbortController>,
	): Promise<void> {
		const abort = new AbortController();
		running.set(call, abort);
		try {
			const fetched = await this.#backends.get(backend)?.get(key, { fresh, limit, shared: true, signal: abort.signal });
			port.postMessage({ call, value: fetched && shared(fetched) });
		} catch (error) {
			port.postMessage({ call, error: errorToPlain(error) });
		} finally {
			running.delete(call);
		}
	}
}

/** Parts in shared memory where they are large: what crosses by message is copied. */
function shared(fetched: Fetched): Fetched {
	return { ...fetched, parts: fetched.parts.map(toShared) };
}
