import type { Backend, Fetched, GetOptions } from "../../src/backend.js";
import { errorFromPlain, StoreError } from "../../src/errors.js";
import type { Answer, ObjectAnswer, Request } from "./messages.js";
import type { BackendReference } from "./references.js";

interface Call {
	readonly resolve: (value: Fetched | undefined) => void;
	readonly reject: (error: unknown) => void;
}

/** The worker's end of the line to its owner, by which it reads stores that only the owner can reach. */
export class OwnerLine {
	readonly #post: (request: Request) => void;
	readonly #calls = new Map<number, Call>();
	#last = 0;

	/** @param post sends the owner a request */
	constructor(post: (request: Request) => void) {
		this.#post = post;
	}

	/** Takes an answer. */
	receive(answer: Answer): void {
		const waiting = this.#calls.get(answer.call);
		this.#calls.delete(answer.call);
		if ("error" in answer) waiting?.reject(errorFromPlain(answer.error));
		else waiting?.resolve(answer.value);
	}

	async get(backend: number, key: string, { fresh, limit, signal }: GetOptions): Promise<Fetched | undefined> {
		const call = ++this.#last;
		const cancel = (): void => this.#post({ call, cancel: true });
		signal?.addEventListener("abort", cancel, { once: true });
		try {
			return await new Promise((resolve, reject) => {
				this.#calls.set(call, { resolve, reject });
				this.#post({ call, backend, key, fresh, limit });
			});
		} finally {
			signal?.removeEventListener("abort", cancel);
		}
	}
}

/**
 * A store in the owner's memory, for reading: tasks store nothing, their owner does.
 * @param known objects that came along with the tasks at work
 */
export function servedBackend(
	owner: OwnerLine,
	reference: Extract<BackendReference, { kind: "served" }>,
	known: ReadonlyMap<string, ObjectAnswer>,
): Backend {
	const { id, location, supports } = reference;
	return {
		name: "served",
		location,
		spec: undefined,
		supports: { ...supports, write: false, list: false, ranges: false, readsInto: false },
		async get(key, options = {}) {
			const answer = options.fresh ? undefined : known.get(key);
			return answer === undefined ? owner.get(id, key, options) : given(answer);
		},
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
