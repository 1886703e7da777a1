/** Stores that die at a chosen write, and stores of other kinds than `ram`. */
import { createHash } from "node:crypto";
import { type Backend, StoreError, type Write } from "tesserae";
import { PassThrough } from "../backends/pass-through.js";

/** When a store dies or stops: at its write or request number `at`, from 0, which is carried out or not. */
export interface Crash {
	readonly at: number;
	readonly carriedOut: boolean;
}

/** Fails for ever from one write on, as if the process had ended there. */
export class Crashing extends PassThrough {
	writes = 0;
	readonly #crash: Crash | undefined;
	#isDead = false;

	constructor(inner: Backend, crash: Crash | undefined) {
		super(inner);
		this.#crash = crash;
	}

	override get spec(): undefined {
		return undefined;
	}

	override get(...args: Parameters<Backend["get"]>): ReturnType<Backend["get"]> {
		return this.#alive(() => super.get(...args));
	}
	override head(...args: Parameters<Backend["head"]>): ReturnType<Backend["head"]> {
		return this.#alive(() => super.head(...args));
	}
	override put(...args: Parameters<Backend["put"]>): ReturnType<Backend["put"]> {
		return this.#write(() => super.put(...args));
	}
	override commit(...args: Parameters<Backend["commit"]>): ReturnType<Backend["commit"]> {
		return this.#write(() => super.commit(...args));
	}
	override delete(...args: Parameters<Backend["delete"]>): ReturnType<Backend["delete"]> {
		return this.#write(() => super.delete(...args));
	}

	async #alive<T>(call: () => Promise<T>): Promise<T> {
		if (this.#isDead) throw new StoreError("UNAVAILABLE", "this store has died");
		return call();
	}

	async #write<T>(call: () => Promise<T>): Promise<T> {
		if (this.writes++ !== this.#crash?.at) return this.#alive(call);
		this.#isDead = true;
		if (this.#crash.carriedOut) await call();
		throw new StoreError("UNAVAILABLE", "this store has died");
	}
}

/** Stops at one of its requests, before it is carried out or when it was, until it is woken. */
export class Halting extends PassThrough {
	readonly asleep: Promise<void>;
	readonly #halt: Crash;
	readonly #awake: Promise<void>;
	#requests = 0;
	#sleep: () => void = () => {};
	#wake: () => void = () => {};

	constructor(inner: Backend, halt: Crash) {
		super(inner);
		this.#halt = halt;
		this.asleep = new Promise((resolve) => {
			this.#sleep = resolve;
		});
		this.#awake = new Promise((resolve) => {
			this.#wake = resolve;
		});
	}

	override get spec(): undefined {
		return undefined;
	}

	wake(): void {
		this.#wake();
	}

	override get(...args: Parameters<Backend["get"]>): ReturnType<Backend["get"]> {
		return this.#request(() => super.get(...args));
	}
	override head(...args: Parameters<Backend["head"]>): ReturnType<Backend["head"]> {
		return this.#request(() => super.head(...args));
	}
	override put(...args: Parameters<Backend["put"]>): ReturnType<Backend["put"]> {
		return this.#request(() => super.put(...args));
	}
	override commit(...args: Parameters<Backend["commit"]>): ReturnType<Backend["commit"]> {
		return this.#request(() => super.commit(...args));
	}
	override delete(...args: Parameters<Backend["delete"]>): ReturnType<Backend["delete"]> {
		return this.#request(() => super.delete(...args));
	}

	async #request<T>(call: () => Promise<T>): Promise<T> {
		const { at, carriedOut } = this.#halt;
		if (this.#requests++ !== at) return call();
		const answer = carriedOut ? await call() : undefined;
		this.#sleep();
		await this.#awake;
		return carriedOut ? (answer as T) : call();
	}
}

/** Versions are named by what they hold, so that they come back. */
export class ContentVersions extends PassThrough {
	override async get(...[key, options = {}]: Parameters<Backend["get"]>): ReturnType<Backend["get"]> {
		const whole = await this.inner.get(key);
		if (whole === undefined) return undefined;
		const etag = digest(whole.parts[0] as Uint8Array);
		if (options.ifMatch !== undefined && options.ifMatch !== etag) throw new StoreError("CONFLICT", "another version");
		const parts = options.ranges && (await this.inner.get(key, { ...options, ifMatch: whole.etag }))?.parts;
		return { ...whole, parts: parts ?? whole.parts, etag };
	}
	override async head(...[key, options]: Parameters<Backend["head"]>): ReturnType<Backend["head"]> {
		const [fetched, info] = [await this.get(key), await this.inner.head(key, options)];
		return info && fetched && { ...info, etag: fetched.etag, size: fetched.size };
	}
	override async put(...[key, bytes, options = {}]: Parameters<Backend["put"]>): ReturnType<Backend["put"]> {
		await this.inner.put(key, bytes, { ...options, when: await this.#inner(key, options.when) });
		return digest(bytes);
	}
	override async commit(...[writes, options]: Parameters<Backend["commit"]>): ReturnType<Backend["commit"]> {
		const own: Write[] = [];
		for (const write of writes) own.push({ ...write, when: await this.#inner(write.key, write.when) });
		await this.inner.commit(own, options);
		return writes.map(({ bytes }) => bytes && digest(bytes));
	}

	async #inner(key: string, when: Write["when"]): Promise<Write["when"]> {
		if (when === undefined || "absent" in when) return when;
		const stored = await this.inner.get(key);
		const isSame = stored !== undefined && digest(stored.parts[0] as Uint8Array) === when.etag;
		return { etag: isSame ? stored.etag : "none" };
	}
}

function digest(bytes: Uint8Array): string {
	return createHash("md5").update(bytes).digest("hex");
}
