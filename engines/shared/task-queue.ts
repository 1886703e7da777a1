/**
 * Tasks that wait to be sent to workers, in runs of successive ones: where tasks overlap there is a run for each worker, so that what it does next lies beside
 * what it did last, and little is read by two of them.
 */
export class TaskQueue<Task> {
	/** Those that are in no run yet, in their order. */
	#rest: Task[] = [];
	readonly #runs: Task[][] = [];
	#length = 0;

	get length(): number {
		return this.#length;
	}

	/** One of them; undefined where there is none. */
	get some(): Task | undefined {
		return this.#runs.find((run) => run.length > 0)?.[0] ?? this.#rest[0];
	}

	push(task: Task): void {
		this.#rest.push(task);
		this.#length++;
	}

	/** The next tasks of a run: as many as asked for, or fewer where it ends. Where it is at its end it goes on elsewhere. */
	take(count: number, { run, runs }: { readonly run: number; readonly runs: number }): Task[] {
		const taken = this.#runOf(run, runs).splice(0, count);
		if (runs === 1) taken.push(...this.#rest.splice(0, count - taken.length));
		this.#length -= taken.length;
		return taken;
	}

	#runOf(run: number, runs: number): Task[] {
		while (this.#runs.length < runs) this.#runs.push([]);
		if (this.#runs[run]?.length === 0) this.#runs[run] = this.#more();
		return this.#runs[run] as Task[];
	}

	/** Takes all. */
	clear(): Task[] {
		const all = [...this.#runs.splice(0).flat(), ...this.#rest.splice(0)];
		this.#length = 0;
		return all;
	}

	/** A share of what is in no run; where all is, the end of the longest one. */
	#more(): Task[] {
		if (this.#rest.length > 0) {
			const waiting = this.#runs.filter(({ length }) => length === 0).length;
			return this.#rest.splice(0, Math.ceil(this.#rest.length / waiting));
		}
		const longest = this.#runs.reduce((a, b) => (b.length > a.length ? b : a));
		return longest.splice(Math.floor(longest.length / 2));
	}
}

/** Tasks of a run that wait to be sent: so few of them lie at its ends. */
export const RUN_WAITS = 256;

/** The run of which the fewest batches are under way. @param underWay the run of each batch */
export function nextRun(underWay: Iterable<{ readonly run: number }>, runs: number): number {
	const batches = new Array<number>(runs).fill(0);
	for (const { run } of underWay) if (run < runs) batches[run] = (batches[run] as number) + 1;
	return batches.indexOf(Math.min(...batches));
}
