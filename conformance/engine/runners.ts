/** What an engine itself must do. */
import { check, equal } from "../expect.js";
import { type EngineClause, logged, untilAborted } from "./jobs.js";

export const runners: readonly EngineClause[] = [
	{
		name: "an engine says what it is",
		async check({ name, workers, supports }) {
			check(typeof name === "string" && name !== "", "it has no name");
			check(Number.isSafeInteger(workers) && workers >= 1, `workers is ${workers}`);
			for (const [ability, value] of Object.entries(supports)) equal(typeof value, "boolean", `type of ${ability}`);
		},
	},
	{
		name: "submit runs that task, once, and returns its result",
		async check(engine) {
			const { job, log } = logged({ count: 5 });
			const runner = await engine.start(job, 4);
			const { signal } = new AbortController();
			const results = await Promise.all([3, 0, 4].map((n) => runner.submit(n, signal)));
			await runner.finish();
			equal(results, [30, 0, 40], "results");
			equal([...log.begun].sort(), [0, 3, 4], "tasks run");
			equal(log.settled, [], "tasks settled, which is the business of the loop");
		},
	},
	{
		name: "a task that fails fails its own submit, with its own error",
		async check(engine) {
			const failure = new RangeError("task 1");
			const work = async (n: number): Promise<number> => {
				if (n === 1) throw failure;
				return n;
			};
			const runner = await engine.start(logged({ count: 3, work }).job, 4);
			const { signal } = new AbortController();
			const outcomes = await Promise.allSettled([0, 1, 2].map((n) => runner.submit(n, signal)));
			await runner.finish();
			equal(
				outcomes.map(({ status }) => status),
				["fulfilled", "rejected", "fulfilled"],
				"outcomes",
			);
			check((outcomes[1] as PromiseRejectedResult).reason === failure, "the error is another");
		},
	},
	{
		name: "a task sees the abort of the signal it was submitted with",
		async check(engine) {
			const runner = await engine.start(logged({ count: 1, work: (_, signal) => untilAborted(signal) }).job, 4);
			const controller = new AbortController();
			const running = runner.submit(0, controller.signal).catch((error) => error);
			controller.abort("enough");
			equal(await running, "enough", "what the task was rejected with");
			await runner.finish();
		},
	},
	{
		name: "several jobs run at once, each with its own tasks",
		async check(engine) {
			const jobs = [logged({ count: 3 }), logged({ count: 3 })] as const;
			const started = await Promise.all(jobs.map(({ job }) => engine.start(job, 4)));
			const { signal } = new AbortController();
			await Promise.all(started.flatMap((runner, i) => [0, 1 + i].map((n) => runner.submit(n, signal))));
			await Promise.all(started.map((runner) => runner.finish()));
			equal(
				jobs.map(({ log }) => [...log.begun].sort()),
				[
					[0, 1],
					[0, 2],
				],
				"tasks of each",
			);
		},
	},
	{
		name: "close may be called again",
		async check(engine) {
			await engine.close();
			await engine.close();
		},
	},
];
