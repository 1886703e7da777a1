import { MessageChannel, type MessagePort, parentPort } from "node:worker_threads";
import type { Backend, Fetched, GetOptions } from "../../src/backend.js";
import { errorFromPlain, StoreError } from "../../src/errors.js";
import type { BackendReference } from "../shared/references.js";
import type { ObjectAnswer } from "./messages.js";
import type { Request } from "./serve.js";

type Answer = { readonly call: number } & ObjectAnswer;

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
	port1.on("message", (answer: Answer) => {
		const waiting = calls.get(answer.call);
		calls.delete(answer.call);
		if ("error" in answer) waiting?.reject(errorFromPlain(answer.error));
		else waiting?.resolve(answer.value);
	});
	port1.unref();
	parentPort?.postMessage({ tesseraePort: port2 }, [port2]);
	port = port1;
	return port1;
}

/**
 * A store in the owner's memory, for reading: tasks store nothing, their owner does.
 * @param known objects that came along with the tasks at work
 */
export function servedBackend(
	reference: Extract<BackendReference, { kind: "served" }>,
	known: ReadonlyMap<string, ObjectAnswer>,
): Backend {
	const { id, location, supports } = reference;
	const get = async (key: string, { fresh, limit, signal }: GetOptions = {}): Promise<Fetched | undefined> => {
		const answer = fresh ? undefined : known.get(key);
		if (answer !== undefined) return given(answer);
		const call = ++last;
		const cancel = (): void => line().postMessage({ call, cancel: true } satisfies Request);
		signal?.addEventListener("abort", cancel, { once: true });
		try {
			return await new Promise((resolve, reject) => {
				calls.set(call, { resolve, reject });
				line().postMessage({ call, backend: id, key, fresh, limit } satisfies Request);
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
		usage: async () => refuse(),
		compact: async () => refuse(),
		close: async () => {},
	};
}

function given(answer: ObjectAnswer): Fetched | undefined {
	if ("error" in answer) throw errorFromPlain(answer.error);
	return answer.value;
}

function refuse(): never {
	throw new StoreError("UNSUPPORTED", "a task reads this store through its owner, and does nothing else with it");
}
