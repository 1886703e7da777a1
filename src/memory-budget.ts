/**
 * Bytes that may be in flight at once, shared by all calls of a connection. Whoever asks for more than is free waits in line; a
 * single piece of work larger than the whole budget is let through alone, since nothing would ever make room for it.
 */
export class MemoryBudget {
	readonly limit: number;
	#used = 0;
	readonly #waiting: { bytes: number; admit: () => void }[] = [];

	constructor(limit: number) {
		this.limit = limit;
	}

	/** Bytes in flight now. */
	get used(): number {
		return this.#used;
	}

	/** Takes `bytes` if they are free and nobody waits for them. */
	tryTake(bytes: number): boolean {
		if (this.#waiting.length > 0 || !this.#fits(bytes)) return false;
		this.#used += bytes;
		return true;
	}

	/** Calls `admit` once `bytes` were taken; returns a function that leaves the line instead. */
	wait(bytes: number, admit: () => void): () => void {
		const place = { bytes, admit };
		this.#waiting.push(place);
		return () => {
			const at = this.#waiting.indexOf(place);
			if (at < 0) return;
			this.#waiting.splice(at, 1);
			this.#admitNext();
		};
	}

	release(bytes: number): void {
		this.#used -= bytes;
		if (this.#waiting.length > 0) this.#admitNext();
	}

	#fits(bytes: number): boolean {
		return this.#used === 0 || this.#used + bytes <= this.limit;
	}

	#admitNext(): void {
		for (let first = this.#waiting[0]; first !== undefined && this.#fits(first.bytes); first = this.#waiting[0]) {
			this.#waiting.shift();
			this.#used += first.bytes;
			first.admit();
		}
	}
}
