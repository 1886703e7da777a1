import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

function scriptOf(name: string): string {
	return fileURLToPath(new URL(`./processes/${name}.mjs`, import.meta.url));
}

/** Runs one of the scripts in `processes/` to its end and returns what it printed. */
export async function runScript(name: string, args: readonly string[]): Promise<string> {
	const { stdout } = await run(process.execPath, [scriptOf(name), ...args]);
	return stdout;
}

const running = new Set<ChildProcess>();

/** Starts a script and waits for the first thing it prints. */
export async function startScript(name: string, args: readonly string[]): Promise<ChildProcess> {
	const child = spawn(process.execPath, [scriptOf(name), ...args], { stdio: ["ignore", "pipe", "inherit"] });
	running.add(child);
	await once(child.stdout, "data");
	return child;
}

export async function kill(child: ChildProcess): Promise<void> {
	running.delete(child);
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exit = once(child, "exit");
	child.kill("SIGKILL");
	await exit;
}

/** After a test, also one that failed: none of its scripts goes on. */
export async function killAll(): Promise<void> {
	await Promise.all([...running].map(kill));
}
