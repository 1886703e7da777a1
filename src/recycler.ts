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
