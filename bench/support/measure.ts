import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** One timed run, in milliseconds. */
export interface Sample {
	readonly wall: number;
	/** Processor time of all threads: what is left of a measurement where others use the machine too. */
	readonly cpu: number;
}

/** One side of a comparison: it times itself, so that one in another process leaves out the way there and back. */
export interface Contestant {
	readonly name: string;
	run(): Promise<Sample>;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/**
 * Times `work` in this process. Memory is collected before, so that nobody pays for the garbage of somebody else; twice, since the
 * second collection waits for the thread that gives the memory of the first back.
 */
export async function timed(work: () => unknown): Promise<Sample> {
	collectGarbage();
	collectGarbage();
	const cpuBefore = process.cpuUsage();
	const began = performance.now();
	await work();
	const wall = performance.now() - began;
	const { user, system } = process.cpuUsage(cpuBefore);
	return { wall, cpu: (user + system) / 1000 };
}

/**
 * A contestant in this process.
 * @param clearUp after the clock
 */
export function contestant(name: string, work: () => unknown, clearUp?: () => Promise<void>): Contestant {
	return {
		name,
		async run() {
			const sample = await timed(work);
			await clearUp?.();
			return sample;
		},
	};
}

/** A contestant that is a program, started anew for every run, and times itself: it prints a sample as JSON. */
export function program(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Contestant {
	return {
		name,
		async run() {
			const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
			return JSON.parse(stdout) as Sample;
		},
	};
}

/** Turns before the first that counts: compilers and caches warm up. */
const WARM_UP = 2;

/**
 * Medians of `rounds` runs each, taken in turns (A B C A B C …), so that what slows the machine down for a while slows all of them down.
 * @param warmUp turns that do not count; a process that is started anew for every run needs none but for the disk's cache
 */
export async function race(
	contestants: readonly Contestant[],
	rounds: number,
	warmUp: number = WARM_UP,
): Promise<Map<string, Sample>> {
	const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
	for (let round = -warmUp; round < rounds; round++)
		for (const { name, run } of contestants) {
			const sample = await run();
			if (round >= 0) samples.get(name)?.push(sample);
		}
	return new Map([...samples].map(([name, all]) => [name, medianSample(all)]));
}

function medianSample(samples: readonly Sample[]): Sample {
	return { wall: median(samples.map(({ wall }) => wall)), cpu: median(samples.map(({ cpu }) => cpu)) };
}

/** The middle one; of an even number, the mean of the middle two. */
export function median(numbers: readonly number[]): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
	return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** The most memory that was resident at once since this process began (KiB). On Linux `resourceUsage` would count that of the process which started it. */
export function peakMemory(): number {
	if (process.platform !== "linux") return process.resourceUsage().maxRSS;
	return Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}
