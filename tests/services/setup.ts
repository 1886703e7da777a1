/**
 * Starts what `./run_tests.sh --with-services` asks for, once for a run, and tells the tests where it is. Without TESSERAE_TEST_SERVICES nothing
 * is started, and what needs it is skipped; with it, what does not start fails the run.
 */
import { execFile } from "node:child_process";
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

declare module "vitest" {
	interface ProvidedContext {
		readonly ceph: S3Service | undefined;
		readonly swift: S3Service | undefined;
	}
}

const SERVICES = ["ceph", "swift"] as const;

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
	if (process.env.TESSERAE_TEST_SERVICES === undefined) {
		for (const name of SERVICES) project.provide(name, undefined);
		return undefined;
	}
	const directory = await mkdtemp(join(tmpdir(), "tesserae-services-"));
	const stop = async (): Promise<void> => {
		await Promise.allSettled(SERVICES.map((name) => run(script(`${name}-down`), [join(directory, name)])));
		await rm(directory, { recursive: true, force: true });
	};
	const started = await Promise.allSettled(SERVICES.map((name) => start(name, join(directory, name))));
	for (const [i, outcome] of started.entries()) {
		if (outcome.status === "fulfilled") project.provide(SERVICES[i] as "ceph" | "swift", outcome.value);
		else {
			await stop();
			throw new Error(
				`${SERVICES[i]} did not start: ${(outcome.reason as { stderr?: string }).stderr || outcome.reason}`,
			);
		}
	}
	return stop;
}

async function start(name: string, directory: string): Promise<S3Service> {
	const { stdout } = await run(script(`${name}-up`), [directory], { env: { ...process.env, CEPH_GATEWAYS: "2" } });
	const told = new Map(stdout.split("\n").map((line) => line.split(/=(.*)/s) as [string, string]));
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
