/** A Redis and workers of a queue, as processes on this machine. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryDirectory } from "./place.js";

const run = promisify(execFile);
const ROOT = new URL("../../../", import.meta.url);

export interface RunningQueue extends AsyncDisposable {
	readonly redis: string;
	readonly queue: string;
	/** Starts one more worker, with so many threads. */
	add(concurrency: number): Promise<void>;
}

/**
 * @param kernels directory of the workers' kernels
 * @throws where there is no redis-server
 */
export async function startQueue(kernels: URL): Promise<RunningQueue> {
	const { directory, remove } = await temporaryDirectory();
	const place = join(directory, "redis");
	const script = (name: string): string => fileURLToPath(new URL(`tests/services/${name}.sh`, ROOT));
	const { stdout } = await run(script("redis-up"), [place]).catch(async (error) => {
		await remove();
		throw error;
	});
	const redis = stdout.trim().replace("REDIS_URL=", "");
	const workers: ChildProcess[] = [];
	return {
		redis,
		queue: "bench",
		async add(concurrency) {
			const args = ["--queue", "bench", "--kernels", fileURLToPath(kernels), "--log-level", "info"];
			const program = fileURLToPath(new URL("dist/apps/cli/index.js", ROOT));
			const worker = spawn(process.execPath, [program, "worker", "--concurrency", String(concurrency), ...args], {
				env: { ...process.env, TESSERAE_REDIS: redis },
				stdio: ["ignore", "ignore", "pipe"],
			});
			workers.push(worker);
			// Its first word is that it works.
			await once(worker.stderr, "data");
			worker.stderr.resume();
		},
		async [Symbol.asyncDispose]() {
			for (const worker of workers) worker.kill("SIGKILL");
			await Promise.all(workers.map((worker) => worker.exitCode ?? worker.signalCode ?? once(worker, "exit")));
			await run(script("redis-down"), [place]);
			await remove();
		},
	};
}
