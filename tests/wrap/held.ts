import type { Fetched, GetOptions, ObjectInfo } from "../../dist/src/backend.js";
import { StoreError } from "../../dist/src/errors.js";
import { PassThrough } from "../backends/pass-through.js";

interface Call {
	readonly key: string;
	answer(): Promise<void>;
	fail(code: "THROTTLED" | "UNAVAILABLE"): Promise<void>;
}

/** A store whose `get` and `head` wait until a test answers them. */
export class Held extends PassThrough {
	/** On their way, in the order in which they came. */
	readonly calls: Call[] = [];
	/** The most that ever were. */
	most = 0;

	override async get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		await this.#hold(key);
		return this.inner.get(key, options);
	}

	override async head(key: string): Promise<ObjectInfo | undefined> {
		await this.#hold(key);
		return this.inner.head(key);
	}

	get keys(): string[] {
		return this.calls.map(({ key }) => key);
	}

	/** Answers those on their way, and those that come instead, until none is left. */
	async answerAll(): Promise<void> {
		for (let call = this.calls[0]; call !== undefined; call = this.calls[0]) await call.answer();
	}

	#hold(key: string): Promise<void> {
		return new Promise((resolve, reject) => {
			const end = async (settle: () => void): Promise<void> => {
				this.calls.splice(this.calls.indexOf(call), 1);
				settle();
				await settled();
			};
			const call: Call = {
				key,
				answer: () => end(resolve),
				fail: (code) => end(() => reject(new StoreError(code, `${key} was told to fail`))),
			};
			this.calls.push(call);
			this.most = Math.max(this.most, this.calls.length);
		});
	}
}

/** Everything that needs no timer has happened. */
export function settled(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
