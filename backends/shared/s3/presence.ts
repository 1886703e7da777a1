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

	/** What was found out of an object, and what it is from now on. */
	note(key: string, { was, is }: { readonly was?: boolean | undefined; readonly is: boolean }): void {
		const slot = slotOf(key);
		if (was !== undefined && this.#seen[slot] === UNKNOWN) this.#usual = was;
		this.#seen[slot] = is ? PRESENT : ABSENT;
	}
}

/** FNV-1a, 32 bits. */
function slotOf(key: string): number {
	let hash = 0x811c9dc5;
	for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
	return (hash >>> 0) % SLOTS;
}
