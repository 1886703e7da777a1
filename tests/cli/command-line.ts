import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";

export const PROGRAM: string = fileURLToPath(new URL("../../dist/apps/cli/index.js", import.meta.url));

/** How a run of the command ended. */
export interface Finished {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunOptions {
	/** What comes on stdin; nothing by default. */
	readonly input?: string;
	readonly env?: { readonly [name: string]: string };
	readonly cwd?: string;
}

/** Starts the built command as a process of its own. */
export function start(args: readonly string[], { env, cwd }: RunOptions = {}): ChildProcess {
	const { TESSERAE_LOG: _, TESSERAE_CONFIG: __, FORCE_COLOR: ___, ...inherited } = process.env;
	return spawn(process.execPath, [PROGRAM, ...args], { cwd, env: { ...inherited, ...env } });
}

/** Runs the built command to its end. Its output goes to pipes, so it takes nothing for a terminal. */
export async function tesserae(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
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
	const { status, stdout, stderr } = await tesserae(args, options);
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
