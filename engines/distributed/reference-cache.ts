/** What the calls at hand are made of: asked for once per call. */
import type { Step } from "./scripts.js";
import { type CallReference, unpackReference } from "./wire.js";

export interface KnownReference {
	readonly reference: CallReference;
	/** Whose inbox is told of it. */
	readonly caller: string;
}

export class ReferenceCache {
	readonly #step: Step;
	readonly #known = new Map<string, Promise<KnownReference | undefined>>();

	constructor(step: Step) {
		this.#step = step;
	}

	/** Undefined where the call is over. */
	async get(call: string): Promise<KnownReference | undefined> {
		let known = this.#known.get(call);
		if (known === undefined) {
			known = this.#fetch(call);
			this.#known.set(call, known);
		}
		const found = await known.catch((error) => {
			this.#known.delete(call);
			throw error;
		});
		if (found === undefined) this.#known.delete(call);
		return found;
	}

	/** Forgets calls that are over, of which none is `atWork`. @returns which these are */
	async forgetOver(atWork: ReadonlySet<string>): Promise<string[]> {
		const over: string[] = [];
		for (const call of this.#known.keys()) {
			if (atWork.has(call)) continue;
			if ((await this.#step.redis.hget(this.#step.keys.call(call), "state")) === "open") continue;
			this.#known.delete(call);
			over.push(call);
		}
		return over;
	}

	async #fetch(call: string): Promise<KnownReference | undefined> {
		const { redis, keys } = this.#step;
		const [bytes, caller] = await Promise.all([
			redis.getBuffer(keys.reference(call)),
			redis.hget(keys.call(call), "caller"),
		]);
		if (bytes === null || caller === null) return undefined;
		return { reference: unpackReference(bytes), caller };
	}
}
