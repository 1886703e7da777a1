/** Several processes that run the same program: the ranks of the engine `ranks`, and the one process of every other engine. */

/** The processes that run this program together. */
export interface World {
	/** Number of this one. 0 is root, which does what must be done once. */
	readonly rank: number;
	readonly size: number;
	/**
	 * Begins a call that every rank makes. Such calls are numbered in the order in which a rank begins them, so all must begin them in the same
	 * order; `what` tells apart those of ranks that did not.
	 */
	begin(what: string): CommonCall;
}

/**
 * Whose values every rank gets of a meeting: nobody's, root's, everybody's; or everybody's at root, and nobody's elsewhere.
 */
export type Meeting = "nothing" | "root" | "all" | "at-root";

/** One call that all ranks make. */
export interface CommonCall {
	readonly world: Pick<World, "rank" | "size">;
	/**
	 * Does `work`, waits until all ranks have done theirs, and gives the values of those that the kind of meeting asks for, in the order of ranks.
	 * Where one rank fails the signals of the others' work are aborted, and when that has ended the meeting fails on all with the first failure.
	 * @param signal cancels the work, and the waiting
	 * @throws StoreError WORKER_LOST where a rank has ended, INVALID_ARGUMENT where ranks are in different calls
	 */
	meet<T>(kind: Meeting, work: Work<T>, signal: AbortSignal | undefined): Promise<readonly T[]>;
	/** This rank has ended the call. Those that still wait for it there are told. */
	end(error?: unknown): void;
}

type Work<T> = (signal: AbortSignal) => Promise<T>;

/** This process alone. Nothing waits: what asks `size` first never begins a call. */
export const ALONE: World = {
	rank: 0,
	size: 1,
	begin() {
		const world = { rank: 0, size: 1 };
		const meet: CommonCall["meet"] = async (_, work, signal) => [await work(signal ?? NEVER)];
		return { world, meet, end() {} };
	},
};

const NEVER: AbortSignal = new AbortController().signal;

/** The calls of several ranks that run, by the signals that their parts are given. */
const calls = new WeakMap<AbortSignal, CommonCall>();

/** From now on whoever has the signal takes part in the call. */
export function joinCall(call: CommonCall, signal: AbortSignal): void {
	calls.set(signal, call);
}

/** The call of several ranks that a signal belongs to; undefined where this rank is on its own. */
export function callOf(signal: AbortSignal | undefined): CommonCall | undefined {
	return signal && calls.get(signal);
}

/** Each rank does its `work`; all wait for all. */
export async function together(signal: AbortSignal | undefined, work: Work<void>): Promise<void> {
	const call = callOf(signal);
	if (call === undefined) await work(signal ?? NEVER);
	else await call.meet("nothing", work, signal);
}

/** What root alone finds out, for all: a cloneable value. */
export async function fromRoot<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
	const call = callOf(signal);
	if (call === undefined) return work();
	const find = async (): Promise<T> => (call.world.rank === 0 ? work() : (undefined as T));
	return (await call.meet("root", find, signal))[0] as T;
}

/** Everybody's value, in the order of ranks, at root; undefined elsewhere. */
export async function atRoot<T>(
	signal: AbortSignal | undefined,
	work: () => Promise<T>,
): Promise<readonly T[] | undefined> {
	const call = callOf(signal);
	if (call === undefined) return [await work()];
	const values = await call.meet("at-root", work, signal);
	return call.world.rank === 0 ? values : undefined;
}

/** Root does `work`; the others wait for it, and then do `others`. Where root fails all fail. */
export async function byRoot<T>(
	signal: AbortSignal | undefined,
	work: () => Promise<T>,
	others: () => Promise<T>,
): Promise<T> {
	const call = callOf(signal);
	if (call === undefined) return work();
	const made: T[] = [];
	const make = async (): Promise<void> => {
		if (call.world.rank === 0) made.push(await work());
	};
	await call.meet("nothing", make, signal);
	return call.world.rank === 0 ? (made[0] as T) : others();
}

/** Root clears up after a call, which may have failed, once nobody is at work for it; the others wait until that is done, if they still can, and get its value. */
export async function clearUp<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T | undefined> {
	const call = callOf(signal);
	if (call === undefined) return work();
	const wait = (): Promise<unknown> => call.meet("nothing", async () => {}, undefined).catch(() => {});
	await wait();
	if (call.world.rank > 0)
		return (await call.meet<T | undefined>("root", async () => undefined, undefined).catch(() => []))[0];
	try {
		const value = await work();
		await call.meet("root", async () => value, undefined).catch(() => {});
		return value;
	} catch (error) {
		await wait();
		throw error;
	}
}

/** The part of so many tasks that falls to a rank: one after the other, so that what lies side by side is done in one place. */
export function shareOf(
	count: number,
	{ rank, size }: Pick<World, "rank" | "size">,
): { readonly begin: number; readonly end: number } {
	// Rounded up, so that a single task is root's.
	return { begin: Math.ceil((count * rank) / size), end: Math.ceil((count * (rank + 1)) / size) };
}
