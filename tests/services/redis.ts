/** Redis servers of one's own, for tests that restart them or let nobody in; and workers, as processes. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { scratch } from "../backends/scratch.js";

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL("../../dist/apps/cli/index.js", import.meta.url));

export interface OwnRedis {
	readonly url: string;
	/** Kills it, and starts another one at the same place, which knows nothing. */
	restart(pause?: number): Promise<void>;
	/** Ends it, and leaves the port free. */
	down(): Promise<void>;
}

const undo: (() => Promise<unknown>)[] = [];

/** Ends all that was started since; for `afterEach`. */
export async function endStarted(): Promise<void> {
	for (const end of undo.splice(0).reverse()) await end();
}

/** @param env of `redis-up.sh` */
export async function ownRedis(env: { readonly [name: string]: string } = {}): Promise<OwnRedis> {
	const directory = await scratch();
	const place = join(directory.path, "redis");
	const up = async (more: { readonly [name: string]: string }): Promise<string> => {
		const { stdout } = await run(script("redis-up"), [place], { env: { ...process.env, ...env, ...more } });
		return stdout.trim().replace("REDIS_URL=", "");
	};
	const down = async (): Promise<void> => {
		await run(script("redis-down"), [place]).catch(() => {});
	};
	const watcher = detached(script("stop-when-gone"), String(process.pid), directory.path);
	undo.push(async () => watcher.kill());
	// Undone from the last to the first: what the directory tells of the server is needed to end it.
	undo.push(directory.remove, down);
	const url = await up({});
	return {
		url,
		down,
		async restart(pause = 0) {
			await down();
			await new Promise((resolve) => setTimeout(resolve, pause));
			await up({ REDIS_PORT: new URL(url).port });
		},
	};
}

/** Ends what was started, however this process ends. */
function detached(program: string, ...args: readonly string[]): ChildProcess {
	const watcher = spawn(program, args, { detached: true, stdio: "ignore" });
	watcher.unref();
	return watcher;
}

function script(name: string): string {
	return fileURLToPath(new URL(`./${name}.sh`, import.meta.url));
}

export interface StartedWorker {
	readonly process: ChildProcess;
	/** Lines that it has told so far. */
	readonly told: readonly string[];
	/** Resolves when it has told something that matches. */
	tells(pattern: RegExp): Promise<string>;
	/** Ends it by a signal, and resolves with its exit status or the signal. */
	end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

export interface WorkerOptions {
	readonly redis: string;
	readonly queue: string;
	readonly args?: readonly string[];
	/** The command, by default that of this build. */
	readonly program?: string;
	readonly env?: { readonly [name: string]: string };
}

/** Starts `tesserae worker` and waits until it works. */
export async function startWorker(options: WorkerOptions): Promise<StartedWorker> {
	const worker = spawnWorker(options);
	await worker.tells(/working for the queue/);
	return worker;
}

/** The URL of the Redis goes by the environment, as one with a password does. */
export function spawnWorker({ redis, queue, args = [], program = PROGRAM, env = {} }: WorkerOptions): StartedWorker {
	const all = [program, "worker", "--queue", queue, "--log-level", "debug", ...args];
	const child = spawn(process.execPath, all, {
		env: { ...process.env, TESSERAE_REDIS: redis, ...env },
		stdio: ["ignore", "inherit", "pipe"],
	});
	const exited = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
	const told: string[] = [];
	const waiting = new Set<() => void>();
	createInterface({ input: child.stderr }).on("line", (line) => {
		told.push(line);
		for (const look of waiting) look();
	});
	const worker: StartedWorker = {
		process: child,
		told,
		tells: (pattern) =>
			new Promise((resolve, reject) => {
				const look = (): void => {
					const line = told.find((one) => pattern.test(one));
					if (line === undefined) return;
					waiting.delete(look);
					resolve(line);
				};
				waiting.add(look);
				look();
				void exited.then((how) => reject(new Error(`the worker ended with ${how}: ${told.join("\n")}`)));
			}),
		async end(signal) {
			child.kill(signal);
			return exited;
		},
	};
	const whenGone = 'while kill -0 "$1" 2>/dev/null; do sleep 1; done; kill -9 "$2"';
	const watcher = detached("sh", "-c", whenGone, "sh", String(process.pid), String(child.pid));
	void exited.then(() => watcher.kill());
	undo.push(() => worker.end("SIGKILL"));
	return worker;
}
