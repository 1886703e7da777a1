/** What the loop makes of an engine. */
import { type CallOptions, type Engine, type Job, type Progress, runJob } from "../../src/engine.js";
import { MemoryBudget } from "../../src/memory-budget.js";
import { check, equal, rejects } from "../expect.js";
import { nextTurn } from "../time.js";
import { type EngineClause, type Log, logged, untilAborted } from "./jobs.js";

interface Bounds {
	readonly concurrency?: number;
	readonly memory?: number;
}

function run(engine: Engine, job: Job, bounds: Bounds = {}, options: CallOptions = {}): Promise<void> {
	const { concurrency = 4, memory = 1000 } = bounds;
	return runJob(engine, job, { concurrency, budget: new MemoryBudget(memory) }, options);
}

function allOnce(log: Log, count: number): void {
	const all = Array.from({ length: count }, (_, n) => n);
	equal([...log.begun].sort(ascending), all, "tasks run");
	equal(
		[...log.settled].sort(([a], [b]) => a - b),
		all.map((n) => [n, 10 * n]),
		"tasks settled, with their results",
	);
}

function ascending(a: number, b: number): number {
	return a - b;
}

export const loop: readonly EngineClause[] = [
	{
		name: "every task runs once and is settled once, with its result",
		async check(engine) {
			for (const count of [0, 1, 57]) {
				const { job, log } = logged({ count });
				await run(engine, job);
				allOnce(log, count);
			}
		},
	},
	{
		name: "no more tasks than concurrency are in flight, and no fewer where there is work",
		async check(engine) {
			for (const concurrency of [1, 3]) {
				const { job, log } = logged({ count: 20 });
				await run(engine, job, { concurrency });
				allOnce(log, 20);
				check(log.mostTasks <= concurrency, `${log.mostTasks} tasks in flight, ${concurrency} allowed`);
				if (!engine.supports.parallel) equal(log.mostTasks, concurrency, "tasks in flight");
			}
		},
	},
	{
		name: "no more bytes than the budget are in flight; a task larger than that runs alone",
		async check(engine) {
			const cost = (n: number): number => (n % 7 === 3 ? 500 : 10 + n);
			const { job, log } = logged({ count: 30, cost, work: (n) => alone(n, cost(n), log) });
			await run(engine, job, { concurrency: 8, memory: 100 });
			allOnce(log, 30);
			equal(log.mostBytes, 500, "bytes of the largest task");
		},
	},
	{
		name: "jobs that share a budget share it",
		async check(engine) {
			const budget = new MemoryBudget(100);
			let [bytes, most] = [0, 0];
			const work = async (n: number): Promise<number> => {
				bytes += 30;
				most = Math.max(most, bytes);
				await nextTurn();
				bytes -= 30;
				return 10 * n;
			};
			const jobs = [1, 2, 3].map(() => logged({ count: 10, cost: () => 30, work }));
			await Promise.all(jobs.map(({ job }) => runJob(engine, job, { concurrency: 5, budget }, {})));
			for (const { log } of jobs) allOnce(log, 10);
			equal(most, 90, "bytes in flight");
			equal(budget.used, 0, "bytes taken afterwards");
		},
	},
	{
		name: "a slow settle holds back the next tasks",
		async check(engine) {
			let [settling, ahead] = [0, 0];
			const settle = async (): Promise<void> => {
				settling++;
				for (let i = 0; i < 3; i++) await nextTurn();
				settling--;
			};
			const work = async (n: number): Promise<number> => {
				ahead = Math.max(ahead, settling + log.running);
				return 10 * n;
			};
			const { job, log } = logged({ count: 12, settle, work });
			await run(engine, job, { concurrency: 2 });
			allOnce(log, 12);
			equal(ahead, 2, "tasks that run or are being settled");
		},
	},
	{
		name: "the first failure wins: running tasks are cancelled, no others begin, and the call ends after them",
		async check(engine) {
			const failure = new RangeError("task 2");
			let cancelled = 0;
			const work = async (n: number, signal: AbortSignal): Promise<unknown> => {
				if (n === 2) throw failure;
				return untilAborted(signal).finally(async () => {
					await nextTurn();
					cancelled++;
				});
			};
			const { job, log } = logged({ count: 50, work });
			const budget = new MemoryBudget(1000);
			const error = await runJob(engine, job, { concurrency: 3, budget }, {}).catch((e) => e);
			check(error === failure, `the error is another: ${error}`);
			equal([log.begun, cancelled, log.running, budget.used], [[0, 1, 2], 2, 0, 0], "begun, cancelled, running, bytes");
			equal(log.settled, [], "tasks settled");
		},
	},
	{
		name: "a failure of settle, or of onProgress, ends the job",
		async check(engine) {
			const fail = (): never => {
				throw new RangeError("no");
			};
			for (const [tasks, options] of [
				[{ count: 9, settle: fail }, {}],
				[{ count: 9, settle: async () => fail() }, {}],
				[{ count: 9 }, { onProgress: fail }],
			] as const) {
				const { job, log } = logged(tasks);
				const error = await run(engine, job, { concurrency: 1 }, options).catch((e) => e);
				check(error instanceof RangeError, `the error is another: ${error}`);
				equal([log.begun, log.settled.length], [[0], 1], "tasks begun and settled");
			}
		},
	},
	{
		name: "a signal cancels the job with ABORTED, before it begins, while it runs, and while it waits for memory",
		async check(engine) {
			const idle = logged({ count: 3 });
			await rejects(() => run(engine, idle.job, {}, { signal: AbortSignal.abort() }), "ABORTED", "before");
			equal(idle.log.begun, [], "tasks begun");
			const controller = new AbortController();
			const { signal } = controller;
			const { job, log } = logged({ count: 9, cost: () => 60, work: (_, stop) => untilAborted(stop) });
			const budget = new MemoryBudget(100);
			const running = rejects(() => runJob(engine, job, { concurrency: 4, budget }, { signal }), "ABORTED", "while");
			while (log.begun.length === 0) await nextTurn();
			controller.abort();
			await running;
			equal([log.begun, log.settled, budget.used], [[0], [], 0], "begun, settled, bytes taken");
			const next = logged({ count: 3, cost: () => 60 });
			await runJob(engine, next.job, { concurrency: 4, budget }, {});
			allOnce(next.log, 3);
		},
	},
	{
		name: "progress counts every task once, up to the total",
		async check(engine) {
			const seen: Progress[] = [];
			const { job } = logged({ count: 8, cost: (n) => n + 1 });
			await run(engine, job, {}, { onProgress: (progress) => seen.push(progress) });
			equal(
				seen.map(({ done, total }) => [done, total]),
				[1, 2, 3, 4, 5, 6, 7, 8].map((done) => [done, 8]),
				"done and total",
			);
			check(
				seen.every(({ bytes }, i) => bytes > (seen[i - 1]?.bytes ?? 0)),
				"bytes do not rise",
			);
			equal(seen.at(-1)?.bytes, 36, "bytes at the end");
		},
	},
	{
		name: "tasks that never wait let timers and signals have their turn",
		async check(engine) {
			const controller = new AbortController();
			const { job, log } = logged({ count: 1e7, work: async (n) => n, settle: () => undefined });
			setTimeout(() => controller.abort(), 5);
			await rejects(() => run(engine, job, {}, { signal: controller.signal }), "ABORTED", "the job");
			check(log.begun.length < 1e7, "every task had run by then");
		},
	},
];

/** A task too large for the budget must not meet another one. */
async function alone(n: number, cost: number, log: Log): Promise<number> {
	if (cost > 100) equal(log.running, 1, "tasks beside an oversized one");
	await nextTurn();
	return 10 * n;
}
