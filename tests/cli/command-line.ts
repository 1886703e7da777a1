import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { runProgram } from "../../dist/apps/cli/run-program.js";
import { type Scratch, scratch } from "../backends/scratch.js";

export const PROGRAM: string = fileURLToPath(new URL("../../dist/apps/cli/index.js", import.meta.url));

/** What a person may have set for their own terminal. */
for (const name of ["TESSERAE_LOG", "FORCE_COLOR", "NO_COLOR"]) delete process.env[name];

/** How a run of the command ended. */
export interface Finished {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunOptions {
	/** What comes on stdin; nothing by default. */
	readonly input?: string;
	readonly cwd?: string;
	/** Added to the environment, which is that of a process of its own then. */
	readonly env?: { readonly [name: string]: string };
}

/**
 * Runs the built command to its end within this process, which is what `index.js` does but twenty times as fast. Where signals, pipes, the
 * environment or the end of the process matter it is `asProcess`, as it is for who gives an environment.
 */
export function tesserae(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
	if (options.env !== undefined) return asProcess(args, options);
	const { input = "", cwd } = options;
	const [stdout, stderr] = [new Collected(), new Collected()];
	const run = async (): Promise<Finished> => {
		const stdin = Readable.from(input === "" ? [] : [Buffer.from(input)]);
		const status = await runProgram(args, { stdin, stdout, stderr }, new AbortController().signal);
		return { status, stdout: stdout.text, stderr: stderr.text };
	};
	return cwd === undefined ? run() : within(cwd, run);
}

/** A stream that is no terminal. */
class Collected extends Writable {
	readonly #pieces: Buffer[] = [];

	get text(): string {
		return Buffer.concat(this.#pieces).toString();
	}

	override _write(piece: Buffer, _: string, done: () => void): void {
		this.#pieces.push(piece);
		done();
	}
}

/** The one working directory that a process has, while it is somebody's. */
const taken = { by: 0, cwd: "", home: process.cwd(), waiting: [] as (() => void)[] };

/** Runs of one directory may overlap; those of another wait. */
async function within<T>(cwd: string, run: () => Promise<T>): Promise<T> {
	while (taken.by > 0 && taken.cwd !== cwd) await new Promise<void>((resolve) => taken.waiting.push(resolve));
	process.chdir(cwd);
	taken.by++;
	taken.cwd = cwd;
	try {
		return await run();
	} finally {
		if (--taken.by === 0) {
			process.chdir(taken.home);
			for (const go of taken.waiting.splice(0)) go();
		}
	}
}

/** Starts the built command as a process of its own. */
export function start(args: readonly string[], { env, cwd }: RunOptions = {}): ChildProcess {
	const { TESSERAE_LOG: _, TESSERAE_CONFIG: __, FORCE_COLOR: ___, ...inherited } = process.env;
	return spawn(process.execPath, [PROGRAM, ...args], { cwd, env: { ...inherited, ...env } });
}

/** Runs the built command to its end as a process of its own. Its output goes to pipes, so it takes nothing for a terminal. */
export async function asProcess(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
	const child = start(args, options);
	const output = { stdout: "", stderr: "" };
	for (const name of ["stdout", "stderr"] as const)
		child[name]?.setEncoding("utf8").on("data", (piece: string) => {
			output[name] += piece;
		});
	child.stdin?.on("error", () => {});
	child.stdin?.end(options.input ?? "");
	const [status] = await once(child, "close");
	return { status, ...output };
}

/** What a run printed; a run that fails, or says anything on stderr, fails the test. */
export async function output(args: readonly string[], options: RunOptions = {}): Promise<string> {
	return printed(args, await tesserae(args, options));
}

/** What a run as a process printed, likewise. */
export async function outputOfProcess(args: readonly string[], options: RunOptions = {}): Promise<string> {
	return printed(args, await asProcess(args, options));
}

function printed(args: readonly string[], { status, stdout, stderr }: Finished): string {
	if (status === 0 && stderr === "") return stdout;
	throw new Error(`tesserae ${args.join(" ")} ended with ${status}: ${stderr}`);
}

const directories: Scratch[] = [];

afterAll(() => Promise.all(directories.map(({ remove }) => remove())));

/** A directory for one test, removed after those of its file: they may run at the same time. */
export async function temporaryDirectory(): Promise<string> {
	const directory = await scratch();
	directories.push(directory);
	return directory.path;
}
