/** Numbers that follow from a seed, so that a case can be run again. */
export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** A stream of its own for each case of a seed. */
	static of(seed: number, n: number): Random {
		const random = new Random(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(n + 1, 0xc2b2ae35));
		random.bits();
		return random;
	}

	/** 32 bits: a Weyl sequence through the finaliser of MurmurHash3, as SplitMix does it. */
	bits(): number {
		this.#state = (this.#state + 0x9e3779b9) >>> 0;
		let x = this.#state;
		x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
		x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
		return (x ^ (x >>> 16)) >>> 0;
	}

	/** A whole number from 0 to `end − 1`; 0 where there is none. */
	below(end: number): number {
		return end <= 1 ? 0 : this.bits() % end;
	}

	/** True in one of `n` cases. */
	oneIn(n: number): boolean {
		return this.below(n) === 0;
	}

	/** One of a list that is not empty. */
	pick<T>(list: readonly T[]): T {
		return list[this.below(list.length)] as T;
	}
}
