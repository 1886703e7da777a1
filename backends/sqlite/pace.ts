import { setImmediate } from "node:timers/promises";

/** Milliseconds of synchronous work after which timers, signals and other work have their turn. */
const BREATH = 10;

/** Keeps the synchronous calls of many callers from following one another without end. */
export class Pace {
	#spent = 0;
	#pause: Promise<void> | undefined;

	/** Before a synchronous call: every 10 ms of them it waits for one turn of the event loop, the same for all who wait. */
	async breathe(): Promise<void> {
		while (this.#spent > BREATH) {
			this.#pause ??= setImmediate().then(() => {
				this.#spent = 0;
				this.#pause = undefined;
			});
			await this.#pause;
		}
	}

	run<T>(body: () => T): T {
		const start = performance.now();
		try {
			return body();
		} finally {
			this.#spent += performance.now() - start;
		}
	}
}
