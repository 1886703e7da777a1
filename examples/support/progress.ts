import { SingleBar } from "cli-progress";
import type { Progress } from "tesserae";

/** One step of a longer job. */
export interface Step {
	readonly name: string;
	/** Voxels of the volume, and how often the step goes through all of them. */
	readonly voxels: number;
	readonly passes: number;
}

/** Tells a person how a job of several steps goes: a bar with rate and time left on a terminal, else a line per step. */
export interface Reporter {
	/** Runs a step, whose passes report through the function that `work` is given, and times it. */
	step<T>(step: Step, work: (onProgress: (progress: Progress) => void) => Promise<T>): Promise<Timed<T>>;
	/** Takes the bar away. */
	stop(): void;
}

export interface Timed<T> {
	readonly result: T;
	readonly seconds: number;
}

/** Writes to stderr: results, on stdout, can be piped elsewhere. */
export function reportSteps(total: { readonly steps: number; readonly voxels: number }): Reporter {
	return process.stderr.isTTY ? barOf(total.voxels) : linesOf(total.steps);
}

/** Times steps, and tells nobody. */
export const SILENT: Reporter = {
	step: (_, work) => time(() => work(() => {})),
	stop() {},
};

function linesOf(steps: number): Reporter {
	let done = 0;
	return {
		async step({ name, voxels, passes }, work) {
			const timed = await time(() => work(() => {}));
			const { seconds } = timed;
			const rate = megaVoxels(voxels * passes, seconds);
			process.stderr.write(`[${++done}/${steps}] ${name}: ${seconds.toFixed(3)} s, ${rate} Mvoxel/s\n`);
			return timed;
		},
		stop() {},
	};
}

function barOf(total: number): Reporter {
	const format = "{bar} {percentage} % · {rate} Mvoxel/s · {left} left · {name}";
	const look = { barsize: 12, barCompleteChar: "█", barIncompleteChar: "░" };
	const bar = new SingleBar({ format, ...look, clearOnComplete: true, gracefulExit: false });
	bar.start(total, 0, { rate: "–", left: "–", name: "" });
	const begun = performance.now();
	let finished = 0;
	return {
		async step({ name, voxels, passes }, work) {
			const started = performance.now();
			let pass = 0;
			const onProgress = ({ done, total: chunks }: Progress): void => {
				const handled = voxels * (pass + done / chunks);
				if (done === chunks) pass++;
				const now = performance.now();
				const rate = megaVoxels(handled, (now - started) / 1000);
				const left = duration(((now - begun) / 1000) * (total / (finished + handled) - 1));
				bar.update(Math.round(finished + handled), { rate, left, name });
			};
			const timed = await time(() => work(onProgress));
			finished += voxels * passes;
			return timed;
		},
		stop: () => bar.stop(),
	};
}

/** `42 s`, `3 min`, `5 h`. */
function duration(seconds: number): string {
	if (seconds < 100) return `${Math.ceil(seconds)} s`;
	return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

function megaVoxels(voxels: number, seconds: number): string {
	return (voxels / 1e6 / seconds).toFixed(1);
}

async function time<T>(work: () => Promise<T>): Promise<Timed<T>> {
	const started = performance.now();
	const result = await work();
	return { result, seconds: (performance.now() - started) / 1000 };
}
