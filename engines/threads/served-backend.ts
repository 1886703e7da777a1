import { MessageChannel, type MessagePort, parentPort } from "node:worker_threads";
import type { Backend, Fetched, GetOptions } from "../../src/backend.js";
import { errorFromPlain, type PlainError, StoreError } from "../../src/errors.js";
import type { BackendReference } from "./messages.js";
import type { Request } from "./serve.js";

type Answer = { readonly call: number; readonly value?: Fetched; readonly error?: PlainError };

interface Call {
	readonly resolve: (value: Fetched | undefined) => void;
	readonly reject: (error: unknown) => void;
}

const calls = new Map<number, Call>();
let last = 0;
let port: MessagePort | undefined;

/** The line to the owner, made by the first call. */
function line(): MessagePort {
	if (port !== undefined) return port;
	const { port1, port2 } = new MessageChannel();
	port1.on("message", ({ call, value, error }: Answer) => {
		const waiting = calls.get(call);
		calls.delete(call);
		if (error === undefined) waiting?.resolve(value);
		else waiting?.reject(errorFromPlain(error));
	});
	port1.unref();
	parentPort?.postMessage({ tesseraePort: port2 }, [port2]);
	port = port1;
	return port1;
}

/** A store in the owner's memory, for reading: tasks store nothing, their owner does. */
export function servedBackend(reference: Extract<BackendReference, { kind: "served" }>): Backend {
	const { id, location, supports } = reference;
	const get = async (key: string, { fresh, signal }: GetOptions = {}): Promise<Fetched | undefined> => {
		const call = ++last;
		const cancel = (): void => line().postMessage({ call, cancel: true } satisfies Request);
		signal?.addEventListener("abort", cancel, { once: true });
		try {
			return await new Promise((resolve, reject) => {
				calls.set(call, { resolve, reject });
				line().postMessage({ call, backend: id, key, fresh } satisfies Request);
			});
		} finally {
			signal?.removeEventListener("abort", cancel);
		}
	};
	return {
		name: "served",
		location,
		spec: undefined,
		supports: { ...supports, write: false, list: false, ranges: false, readsInto: false },
		get,
		head: async () => refuse(),
		put: async () => refuse(),
		commit: async () => refuse(),
		delete: async () => refuse(),
		list: () => refuse(),
		probe: async () => supports,
		close: async () => {},
	};
}

function refuse(): never {
	throw new StoreError("UNSUPPORTED", "a task reads this store through its owner, and does nothing else with it");
}
