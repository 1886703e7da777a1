import type { Engine, Job, Runner } from "tesserae";
import { sequential } from "tesserae/engines/sequential";

/**
 * Runs tasks in this thread, but lets them end in an order of its own: whenever nothing more comes, one of those that wait, chosen by
 * a generator that a seed starts.
 */
export function shuffled(seed: number): Engine & { readonly ended: number[] } {
	const ended: number[] = [];
	let state = seed;
	const choose = (count: number): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return (state >>> 8) % count;
	};
	const start = async <Result>(job: Job<Result>, concurrency: number): Promise<Runner<Result>> => {
		const waiting: (() => void)[] = [];
		const release = (): void => {
			const [end] = waiting.splice(choose(waiting.length), 1);
			end?.();
			if (waiting.length > 0) setImmediate(release);
		};
		return {
			window: concurrency,
			settles: false,
			retries: 0,
			async submit(n, signal) {
				const result = await job.run(n, signal);
				await new Promise<void>((end) => {
					waiting.push(end);
					if (waiting.length === 1) setImmediate(release);
				});
				ended.push(n);
				return result;
			},
			finish: async () => {},
		};
	};
	return { ...sequential(), start, ended };
}
