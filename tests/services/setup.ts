/**
 * Starts what `./run_tests.sh --with-services` asks for, once for a run, and tells the tests where it is. Without TESSERAE_TEST_SERVICES nothing
 * is started, and what needs it is skipped; with it, what does not start fails the run. `TESSERAE_TEST_SERVICES=redis` starts that alone.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const run = promisify(execFile);

/** A server of S3, as tests reach it. */
export interface S3Service {
	readonly endpoint: string;
	/** Another gateway to the same objects, where there is one. */
	readonly secondEndpoint: string | undefined;
	readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A Redis, with nobody else on it. */
export interface RedisService {
	readonly url: string;
}

declare module "vitest" {
	interface ProvidedContext {
		readonly ceph: S3Service | undefined;
		readonly swift: S3Service | undefined;
		readonly redis: RedisService | undefined;
	}
}

const SERVICES = ["ceph", "swift", "redis"] as const;

type Service = (typeof SERVICES)[number];

interface Services {
	readonly ceph?: S3Service;
	readonly swift?: S3Service;
	readonly redis?: RedisService;
}

function isWanted(name: Service): boolean {
	const asked = process.env.TESSERAE_TEST_SERVICES?.split(",") ?? [];
	return asked.includes(name) || !SERVICES.some((one) => asked.includes(one));
}

/** What is started for all projects of a run, each of which calls `setup`. */
interface Run {
	projects: number;
	readonly services: Promise<Services>;
	stop(): Promise<void>;
}

const shared = globalThis as { tesseraeServices?: Run };

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
	if (process.env.TESSERAE_TEST_SERVICES === undefined) {
		for (const name of SERVICES) project.provide(name, undefined);
		return undefined;
	}
	shared.tesseraeServices ??= await newRun();
	const current = shared.tesseraeServices;
	current.projects++;
	const services = await current.services;
	for (const name of SERVICES) project.provide(name, services[name]);
	return async () => {
		if (--current.projects === 0) await current.stop();
	};
}

async function newRun(): Promise<Run> {
	const directory = await mkdtemp(join(tmpdir(), "tesserae-services-"));
	const watcher = watch(directory);
	const stop = async (): Promise<void> => {
		watcher.kill();
		await Promise.allSettled(SERVICES.map((name) => run(script(`${name}-down`), [join(directory, name)])));
		await rm(directory, { recursive: true, force: true });
	};
	return { projects: 0, services: startAll(directory, stop), stop };
}

/** Whatever becomes of this process, what it started ends. */
function watch(directory: string): ChildProcess {
	const watcher = spawn(script("stop-when-gone"), [String(process.pid), directory], {
		detached: true,
		stdio: "ignore",
	});
	watcher.unref();
	return watcher;
}

async function startAll(directory: string, stop: () => Promise<void>): Promise<Services> {
	const wanted = SERVICES.filter(isWanted);
	const started = await Promise.allSettled(wanted.map((name) => start(name, join(directory, name))));
	const services = started.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : undefined));
	const failed = started.findIndex(({ status }) => status === "rejected");
	if (failed < 0) return Object.fromEntries(wanted.map((name, i) => [name, services[i]])) as Services;
	await stop();
	const { reason } = started[failed] as PromiseRejectedResult;
	throw new Error(`${wanted[failed]} did not start: ${(reason as { stderr?: string }).stderr || reason}`);
}

async function start(name: string, directory: string): Promise<S3Service | RedisService> {
	const { stdout } = await run(script(`${name}-up`), [directory], { env: { ...process.env, CEPH_GATEWAYS: "2" } });
	const told = new Map(stdout.split("\n").map((line) => line.split(/=(.*)/s) as [string, string]));
	if (name === "redis") return { url: told.get("REDIS_URL") as string };
	return {
		endpoint: told.get("S3_ENDPOINT") as string,
		secondEndpoint: told.get("S3_SECOND_ENDPOINT"),
		credentials: {
			accessKeyId: told.get("AWS_ACCESS_KEY_ID") as string,
			secretAccessKey: told.get("AWS_SECRET_ACCESS_KEY") as string,
		},
	};
}

function script(name: string): string {
	return fileURLToPath(new URL(`./${name}.sh`, import.meta.url));
}
