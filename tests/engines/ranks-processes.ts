/** Programs of several ranks, started as users start them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../dist/apps/cli/index.js", import.meta.url));

export interface Ended {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface Environment {
	readonly [name: string]: string | undefined;
}

export function scriptOf(name: string): string {
	return fileURLToPath(new URL(`./processes/${name}.mjs`, import.meta.url));
}

const running = new Set<ChildProcess>();

/** Nothing of a launcher that may have started the tests themselves. */
function cleanEnvironment(): Environment {
	const foreign = /^(OMPI_|PMIX_|PMI_|SLURM_|TESSERAE_RANK|TESSERAE_JOB|TESSERAE_LAUNCHER|FORCE_COLOR|NO_COLOR)/;
	return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

export function start(command: string, args: readonly string[], env: Environment = {}): ChildProcess {
	const options = { stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"] };
	const child = spawn(command, args, { ...options, env: { ...cleanEnvironment(), ...env } as NodeJS.ProcessEnv });
	running.add(child);
	child.once("close", () => running.delete(child));
	return child;
}

/** Runs a program to its end. */
export async function run(command: string, args: readonly string[], env: Environment = {}): Promise<Ended> {
	return ended(start(command, args, env));
}

export async function ended(child: ChildProcess): Promise<Ended> {
	let [stdout, stderr] = ["", ""];
	child.stdout?.on("data", (text) => {
		stdout += text;
	});
	child.stderr?.on("data", (text) => {
		stderr += text;
	});
	const [status] = await once(child, "close");
	return { status, stdout, stderr };
}

/** `tesserae ranks -n SIZE SCRIPT …`. */
export function ranks(size: number, script: string, args: readonly string[], env?: Environment): Promise<Ended> {
	return run(process.execPath, [PROGRAM, "ranks", "-n", String(size), scriptOf(script), ...args], env);
}

export function startRanks(
	size: number,
	script: string,
	args: readonly string[],
	options: readonly string[] = [],
): ChildProcess {
	return start(process.execPath, [PROGRAM, "ranks", "-n", String(size), ...options, scriptOf(script), ...args]);
}

/** The lines of JSON that ranks printed, in their order. */
export function told<T extends { readonly rank: number }>({ stdout }: Ended): T[] {
	const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
	return lines.map((line) => JSON.parse(line) as T).sort((a, b) => a.rank - b.rank);
}

/** After a test, also one that failed: what it started is gone. */
export async function endAll(): Promise<void> {
	await Promise.all(
		[...running].map(async (child) => {
			const closed = once(child, "close");
			child.kill("SIGTERM");
			await closed;
		}),
	);
}
