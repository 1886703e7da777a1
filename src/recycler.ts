/** Things that are costly to make, used again. */
export class Recycler<T> {
	readonly #make: () => T;
	readonly #free: T[] = [];

	constructor(make: () => T) {
		this.#make = make;
	}

	take(): T {
		return this.#free.pop() ?? this.#make();
	}

	/** Gives back what nothing looks at any more. */
	give(thing: T): void {
		this.#free.push(thing);
	}
}

interface Keeping<T> {
	/** Bytes that a thing takes. */
	readonly size: (thing: T) => number;
	/** Bytes that are kept, at most. */
	readonly most: number;
	/** Nothing is kept for so long without use (ms). */
	readonly idle: number;
}

/** A recycler that outlives the work it is used for, and so keeps no more than it is told, and nothing for ever. */
export class Pool<T> {
	readonly #keeping: Keeping<T>;
	readonly #free: { readonly thing: T; readonly size: number }[] = [];
	#kept = 0;
	#isUsed = false;
	#isWatched = false;

	constructor(keeping: Keeping<T>) {
		this.#keeping = keeping;
	}

	/** What is kept and suits, else what `make` makes. */
	take(make: () => T, suits: (thing: T) => boolean = () => true): T {
		this.#isUsed = true;
		const at = this.#free.findLastIndex(({ thing }) => suits(thing));
		const [kept] = at < 0 ? [] : this.#free.splice(at, 1);
		if (kept === undefined) return make();
		this.#kept -= kept.size;
		return kept.thing;
	}

	/** Gives back what nothing looks at any more. */
	give(thing: T): void {
		const size = this.#keeping.size(thing);
		if (this.#kept + size > this.#keeping.most) return;
		this.#kept += size;
		this.#free.push({ thing, size });
		if (!this.#isWatched) this.#watch();
	}

	/** Drops everything after a while without use. Keeps no program alive. */
	#watch(): void {
		this.#isWatched = true;
		this.#isUsed = false;
		const timer: unknown = setTimeout(() => {
			this.#isWatched = false;
			if (this.#isUsed) this.#watch();
			else this.#kept = this.#free.length = 0;
		}, this.#keeping.idle);
		(timer as { unref?: () => void }).unref?.();
	}
}
