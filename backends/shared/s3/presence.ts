/** Slots, one byte each; keys that share one only lead to a wrong guess. */
const SLOTS = 2 ** 18;
const [UNKNOWN, PRESENT, ABSENT] = [0, 1, 2];

/**
 * Guesses whether an object is there, from what was seen of it last, and of a key never seen, from how the last such guess turned out. A wrong guess
 * costs a request, nothing else.
 */
export class Presence {
	readonly #seen = new Uint8Array(SLOTS);
	#usual = true;

	guess(key: string): boolean {
		const seen = this.#seen[slotOf(key)];
		return seen === UNKNOWN ? this.#usual : seen === PRESENT;
	}

	/** What was seen of an object. */
	note(key: string, isThere: boolean): void {
		this.#seen[slotOf(key)] = isThere ? PRESENT : ABSENT;
	}

	/** An object was written, and turned out to have been there or not. */
	written(key: string, wasThere: boolean): void {
		if (this.#seen[slotOf(key)] === UNKNOWN) this.#usual = wasThere;
		this.note(key, true);
	}

	/** An object was created on condition that it was not there: something new begins, and what belongs to it is new too. */
	created(key: string): void {
		this.#usual = false;
		this.note(key, true);
	}
}

/** FNV-1a, 32 bits. */
function slotOf(key: string): number {
	let hash = 0x811c9dc5;
	for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
	return (hash >>> 0) % SLOTS;
}
