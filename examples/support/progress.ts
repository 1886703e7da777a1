import { SingleBar } from "cli-progress";
import type { Progress } from "tesserae";

/** Tells a person how a run of several equally large steps goes: a bar with rate and time left on a terminal, else a line per step. */
export interface Reporter {
	/** Runs and times one step, which reports how far it is through the function it is given. */
	step<T>(name: string, work: (onProgress: (progress: Progress) => void) => Promise<T>): Promise<Timed<T>>;
	/** Takes the bar away. */
	stop(): void;
}

export interface Timed<T> {
	readonly result: T;
	readonly seconds: number;
}

/** Every step handles `voxels` voxels. Writes to stderr: results, on stdout, can be piped elsewhere. */
export function reportSteps(steps: number, voxels: number): Reporter {
	return process.stderr.isTTY ? barOf(steps, voxels) : linesOf(steps);
}

function linesOf(steps: number): Reporter {
	let done = 0;
	return {
		async step(name, work) {
			const timed = await time(() => work(() => {}));
			process.stderr.write(`${++done}/${steps} ${name}: ${timed.seconds.toFixed(2)} s\n`);
			return timed;
		},
		stop() {},
	};
}

function barOf(steps: number, voxels: number): Reporter {
	const format = "{bar} {percentage} % · {rate} Mvoxel/s · {eta_formatted} left · {name}";
	const look = { barsize: 24, barCompleteChar: "█", barIncompleteChar: "░" };
	const bar = new SingleBar({ format, ...look, etaBuffer: 50, clearOnComplete: true, gracefulExit: false });
	bar.start(steps * voxels, 0, { rate: "–", name: "" });
	let finished = 0;
	return {
		async step(name, work) {
			const started = performance.now();
			const timed = await time(() =>
				work(({ done, total }) => {
					const rate = (voxels * done) / total / 1e3 / (performance.now() - started);
					bar.update(Math.round(voxels * (finished + done / total)), { rate: rate.toFixed(1), name });
				}),
			);
			finished++;
			return timed;
		},
		stop: () => bar.stop(),
	};
}

async function time<T>(work: () => Promise<T>): Promise<Timed<T>> {
	const started = performance.now();
	const result = await work();
	return { result, seconds: (performance.now() - started) / 1000 };
}
