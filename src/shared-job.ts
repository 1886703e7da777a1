/** A job among ranks: who does which of its tasks, and what becomes of the results. */
import { callOf, fromRoot, shareOf, together } from "./world.js";

/** What is needed to know of a job; `engine.ts` has the rest. */
interface Shared<Result> {
	readonly count: number;
	/** Who needs the results: nobody, where they are stored; or every rank. */
	readonly sharing: "tasks" | "results";
	cost(n: number): number;
	settle(n: number, result: Result, signal: AbortSignal): Promise<void> | undefined;
}

/** Some of the tasks of a job. */
export interface Part<Result> {
	readonly begin: number;
	readonly end: number;
	/** In the place of the job's own, if given. */
	readonly settle?: (n: number, result: Result) => undefined;
	readonly onProgress?: ((progress: Done) => void) | undefined;
}

interface Done {
	readonly done: number;
	readonly total: number;
	readonly bytes: number;
}

interface Call<Result> {
	/** Runs a part here. */
	readonly run: (part: Part<Result>, signal: AbortSignal) => Promise<void>;
	/** Bytes that may be held at once. */
	readonly memory: number;
	readonly signal: AbortSignal;
	readonly onProgress: ((progress: Done) => void) | undefined;
}

/** Runs a job together with the other ranks. It ends when all have done their share, and fails on all where one fails. */
export async function runShared<Result>(job: Shared<Result>, call: Call<Result>): Promise<void> {
	const { world } = callOf(call.signal) as NonNullable<ReturnType<typeof callOf>>;
	if (job.sharing === "results") return shareResults(job, call);
	const part = { ...shareOf(job.count, world), onProgress: call.onProgress };
	await together(call.signal, (signal) => call.run(part, signal));
}

/**
 * Every rank gets the results of all and settles them in the order of the tasks, so that it makes the same of them. In rounds, since the results of a
 * round are held until all are done: they get a quarter of the memory, as far as the cost of a task tells how large they are.
 */
async function shareResults<Result>(job: Shared<Result>, call: Call<Result>): Promise<void> {
	const { count } = job;
	const common = callOf(call.signal) as NonNullable<ReturnType<typeof callOf>>;
	const { world } = common;
	// Root decides: the others may have been given another budget.
	const length = await fromRoot(call.signal, async () =>
		Math.max(world.size, Math.floor(call.memory / 4 / Math.max(1, job.cost(0)))),
	);
	const report = reporter(count, length, world, call.onProgress);
	for (let first = 0; first < count; first += length) {
		const share = shareOf(Math.min(length, count - first), world);
		const part = { begin: first + share.begin, end: first + share.end };
		const work = async (signal: AbortSignal): Promise<Result[]> => {
			const results: Result[] = [];
			const settle = (n: number, result: Result): undefined => {
				results[n - part.begin] = result;
			};
			await call.run({ ...part, settle, onProgress: report }, signal);
			return results;
		};
		let n = first;
		for (const results of await common.meet("all", work, call.signal))
			for (const result of results) await job.settle(n++, result, call.signal);
	}
}

/** Makes the progress of one round after the other that of a whole. */
function reporter(
	count: number,
	length: number,
	world: Parameters<typeof shareOf>[1],
	onProgress: Call<unknown>["onProgress"],
): Call<unknown>["onProgress"] {
	if (onProgress === undefined) return undefined;
	const own = (tasks: number): number => shareOf(tasks, world).end - shareOf(tasks, world).begin;
	const total = Math.floor(count / length) * own(length) + own(count % length);
	let [done, bytes, bytesBefore] = [0, 0, 0];
	return (progress) => {
		if (progress.done === 1) bytesBefore = bytes;
		bytes = bytesBefore + progress.bytes;
		onProgress({ ...progress, done: ++done, total, bytes });
	};
}
