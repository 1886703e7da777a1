import type { MessagePort } from "node:worker_threads";
import type { Piscina } from "piscina";
import type { Backend, Fetched } from "../../src/backend.js";
import { errorToPlain } from "../../src/errors.js";
import { formatArray } from "../../src/format/metadata.js";
import type { StoredArray } from "../../src/stored-array.js";
import type { ArrayReference } from "./messages.js";

/** What a worker asks of a store in its owner's memory: an object, or not to wait for it any longer. */
export type Request =
	| { readonly call: number; readonly backend: number; readonly key: string; readonly fresh: boolean | undefined }
	| { readonly call: number; readonly cancel: true };

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
		const { backend, name, singleWriter } = array;
		const metadata = formatArray(array.metadata);
		if (backend.spec !== undefined)
			return { backend: { kind: "spec", spec: backend.spec }, name, metadata, singleWriter };
		const id = ++this.#last;
		this.#backends.set(id, backend);
		const { location, supports } = backend;
		return { backend: { kind: "served", id, location, supports: { ...supports } }, name, metadata, singleWriter };
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
		{ call, backend, key, fresh }: Exclude<Request, { cancel: true }>,
		running: Map<number, AbortController>,
	): Promise<void> {
		const abort = new AbortController();
		running.set(call, abort);
		try {
			const fetched = await this.#backends.get(backend)?.get(key, { fresh, signal: abort.signal });
			port.postMessage({ call, value: fetched && shared(fetched) });
		} catch (error) {
			port.postMessage({ call, error: errorToPlain(error) });
		} finally {
			running.delete(call);
		}
	}
}

/** Objects smaller than this are copied into the message. */
const SHARED_BYTES = 16 * 1024;

/** Objects of the owner's memory that were copied to shared memory once; the copy goes when the object does. */
const copies = new WeakMap<ArrayBufferLike, Uint8Array>();

function shared(fetched: Fetched): Fetched {
	return { ...fetched, parts: fetched.parts.map(sharedPart) };
}

function sharedPart(part: Uint8Array): Uint8Array {
	const { buffer, byteLength } = part;
	if (buffer instanceof SharedArrayBuffer) return part;
	if (byteLength < SHARED_BYTES || byteLength < buffer.byteLength) return part;
	let copy = copies.get(buffer);
	if (copy === undefined) {
		copy = new Uint8Array(new SharedArrayBuffer(byteLength));
		copy.set(part);
		copies.set(buffer, copy);
	}
	return copy;
}
