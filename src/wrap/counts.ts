export type Operation = "get" | "head" | "put" | "commit" | "delete" | "list" | "probe";

/** What was asked of a store; all counts begin at 0 with the meter. */
export interface Counts {
	/** Calls begun. */
	readonly operations: number;
	/** Calls that failed; an absent object is no failure. */
	readonly errors: number;
	/** Bytes of objects that `get` brought. */
	readonly bytesRead: number;
	/** Bytes of objects that `put` and `commit` wrote. */
	readonly bytesWritten: number;
	/** Milliseconds from call to answer, summed over calls: calls at the same time each count theirs. A listing counts while it is waited for. */
	readonly time: number;
}

export interface OperationCounts extends Counts {
	/** Calls that ended, by how long they took: entry `i` up to `LATENCY_BOUNDS[i]` seconds and longer than the one before, the last one longer than all. */
	readonly latencies: readonly number[];
}

/** Upper bounds in seconds. */
export const LATENCY_BOUNDS: readonly number[] = [
	0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const BOUNDS = LATENCY_BOUNDS.map((seconds) => seconds * 1000);

export type CountsByOperation = Readonly<Record<Operation, OperationCounts>>;

export type Counter = { -readonly [member in keyof Counts]: Counts[member] } & { readonly latencies: number[] };
export type Counters = Readonly<Record<Operation, Counter>>;

export function emptyCounters(): Counters {
	const counter = (): Counter => ({
		operations: 0,
		errors: 0,
		bytesRead: 0,
		bytesWritten: 0,
		time: 0,
		latencies: new Array(BOUNDS.length + 1).fill(0),
	});
	return {
		get: counter(),
		head: counter(),
		put: counter(),
		commit: counter(),
		delete: counter(),
		list: counter(),
		probe: counter(),
	};
}

/** A call has ended. @param time what it took (ms) */
export function bookTime(counter: Counter, time: number): void {
	counter.time += time;
	let bucket = 0;
	while (bucket < BOUNDS.length && time > (BOUNDS[bucket] as number)) bucket++;
	counter.latencies[bucket] = (counter.latencies[bucket] as number) + 1;
}

/** Adds `counts`, or takes them away where `sign` is −1. */
export function add(counters: Counters, counts: Partial<CountsByOperation>, sign: 1 | -1 = 1): void {
	for (const [operation, { latencies, ...sums }] of Object.entries(counts) as [Operation, OperationCounts][]) {
		const counter = counters[operation];
		for (const name of Object.keys(sums) as (keyof Counts)[]) counter[name] += sign * sums[name];
		for (const [i, calls] of latencies.entries())
			counter.latencies[i] = (counter.latencies[i] as number) + sign * calls;
	}
}

export function copyOf(counters: Counters): Counters {
	const copy = emptyCounters();
	add(copy, counters);
	return copy;
}

export function totalOf(counters: CountsByOperation): Counts {
	const total = { operations: 0, errors: 0, bytesRead: 0, bytesWritten: 0, time: 0 };
	for (const counter of Object.values(counters))
		for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += counter[name];
	return total;
}

/** What was counted in `later` and not yet in `earlier`; operations that nobody asked for meanwhile are left out. */
export function difference(later: CountsByOperation, earlier: CountsByOperation): Partial<CountsByOperation> {
	const counters = emptyCounters();
	add(counters, later);
	add(counters, earlier, -1);
	const changed = Object.entries(counters).filter(
		([, { operations, latencies }]) => operations > 0 || latencies.some((calls) => calls > 0),
	);
	return Object.fromEntries(changed);
}
