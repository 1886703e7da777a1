import type { Etag } from "./backend.js";

/** What is known of one version of an object: the decoded index of a shard. */
interface ObjectNote {
	readonly etag: Etag;
	readonly note: unknown;
	/** That it takes in memory. */
	readonly bytes: number;
}

/** Of all notes of an array together. */
const CAPACITY = 16 * 2 ** 20;

/** What is known of the objects of an array, the least recently used forgotten first. It may be out of date, hence the etags. */
export class ObjectNotes {
	readonly #notes = new Map<string, ObjectNote>();
	#bytes = 0;

	get(key: string): ObjectNote | undefined {
		const note = this.#notes.get(key);
		if (note === undefined) return undefined;
		this.#notes.delete(key);
		this.#notes.set(key, note);
		return note;
	}

	set(key: string, note: ObjectNote): void {
		this.forget(key);
		if (note.bytes > CAPACITY) return;
		this.#notes.set(key, note);
		this.#bytes += note.bytes;
		for (const oldest of this.#notes.keys()) {
			if (this.#bytes <= CAPACITY) return;
			this.forget(oldest);
		}
	}

	forget(key: string): void {
		this.#bytes -= this.#notes.get(key)?.bytes ?? 0;
		this.#notes.delete(key);
	}
}
