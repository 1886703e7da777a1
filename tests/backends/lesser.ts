import { type Backend, type Capabilities, type Precondition, StoreError } from "tesserae";
import { PassThrough } from "./pass-through.js";

/** A right store that can do less than `ram`, and refuses what it cannot. */
export class Lesser extends PassThrough {
	readonly #lacks: Partial<Capabilities>;

	constructor(inner: Backend, lacks: Partial<Capabilities>) {
		super(inner);
		this.#lacks = lacks;
	}

	override get supports(): Capabilities {
		return { ...this.inner.supports, ...this.#lacks };
	}

	override async put(...[key, bytes, options]: Parameters<Backend["put"]>): ReturnType<Backend["put"]> {
		this.#refuse(options?.when);
		return this.inner.put(key, bytes, options);
	}

	/** Each write on its own, where the commit is not atomic. */
	override async commit(...[writes, options]: Parameters<Backend["commit"]>): ReturnType<Backend["commit"]> {
		for (const { when, bytes } of writes) {
			this.#refuse(when);
			if (bytes === undefined && when !== undefined && !this.supports.conditionalDelete) throw unsupported();
		}
		if (this.supports.atomicMultiPut) return this.inner.commit(writes, options);
		const etags = [];
		for (const write of writes) etags.push(...(await this.inner.commit([write], options)));
		return etags;
	}

	override list(...[prefix, options]: Parameters<Backend["list"]>): ReturnType<Backend["list"]> {
		if (!this.supports.list) throw unsupported();
		return this.inner.list(prefix, options);
	}

	#refuse(when: Precondition | undefined): void {
		if (when === undefined) return;
		if ("absent" in when ? !this.supports.createIfAbsent : !this.supports.compareAndSwap) throw unsupported();
	}
}

function unsupported(): StoreError {
	return new StoreError("UNSUPPORTED", "this store cannot do that");
}
