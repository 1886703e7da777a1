/** How many tasks go into one batch: so many that the queue costs little, and no more, so that all workers have work. */

/** Work of a batch for each millisecond that the queue costs: it takes less than a twentieth. */
const WORK_PER_OVERHEAD = 25;
/** A batch should take so long (ms), whatever the queue costs: long enough to matter, short against what people and other calls wait. */
const SHORTEST = 100;
const LONGEST = 2000;
/** Before it is known how long tasks take. */
const FIRST = 1;
/** A batch names its tasks one by one. */
const MOST = 10_000;

export class BatchSizer {
	readonly #count: number;
	#dealt = 0;
	#taskTime: number | undefined;
	/** What the queue costs a batch (ms). */
	#overhead = SHORTEST / WORK_PER_OVERHEAD;

	/** @param count tasks in all */
	constructor(count: number) {
		this.#count = count;
	}

	/** What takes the time that a batch should. */
	get timely(): number {
		if (this.#taskTime === undefined) return FIRST;
		const time = Math.min(LONGEST, Math.max(SHORTEST, WORK_PER_OVERHEAD * this.#overhead));
		return Math.min(MOST, Math.max(1, Math.floor(time / this.#taskTime)));
	}

	/**
	 * @param queued tasks that wait to be sent
	 * @param free batches that may be sent now, of `most` that may be under way
	 */
	next(queued: number, free: number, most: number): number {
		const share = Math.ceil((this.#count - this.#dealt) / most);
		return Math.max(1, Math.min(this.timely, share, Math.ceil(queued / free)));
	}

	dealt(tasks: number): void {
		this.#dealt += tasks;
	}

	/** A batch of so many tasks took so long (ms), and the queue so much more. The last ones tell the most. */
	measured(tasks: number, took: number, overhead: number): void {
		const time = Math.max(took / tasks, 1e-4);
		this.#taskTime = this.#taskTime === undefined ? time : (this.#taskTime + time) / 2;
		this.#overhead = (3 * this.#overhead + overhead) / 4;
	}
}
