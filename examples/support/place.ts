import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "./command-line.js";

/** Where datasets are kept. */
export interface Place extends AsyncDisposable {
	/** What `connect` opens. */
	readonly target: string;
}

/** Backends that keep their data at a path, where a temporary one can be found for them. */
const AT_PATHS = ["sqlite", "file"];

/**
 * The place of `--backend` and `--connection`; of a backend that needs a path and was given none, a temporary one, which is removed afterwards.
 * @throws UsageError where the two name different places
 */
export async function openPlace(backend: string | undefined, connection: string | undefined): Promise<Place> {
	const name = backend ?? "sqlite";
	if (connection === undefined && AT_PATHS.includes(name)) return temporaryPlace(name);
	const target = targetOf(name, connection ?? "");
	if (backend === undefined || target.startsWith(`${backend}:`)) return { target, async [Symbol.asyncDispose]() {} };
	throw new UsageError(`--backend ${backend} and --connection ${connection} name two places: leave one of them out`);
}

/** Backends whose places are `BUCKET/PREFIX`. */
const IN_BUCKETS = ["s3", "ceph"];

function targetOf(backend: string, connection: string): string {
	if (/^[a-z][\w+.-]+:/i.test(connection)) return connection;
	return `${backend}:${IN_BUCKETS.includes(backend) ? "//" : ""}${connection}`;
}

/** What those who start ranks call a job: every rank must find the place of the others. */
const { TESSERAE_JOB, PMIX_NAMESPACE, SLURM_JOB_ID } = process.env;

async function temporaryPlace(backend: string): Promise<Place> {
	const job = TESSERAE_JOB ?? PMIX_NAMESPACE ?? SLURM_JOB_ID;
	if (job !== undefined) return sharedPlace(backend, join(tmpdir(), `convolutions-${job}`));
	const directory = await mkdtemp(join(tmpdir(), "convolutions-"));
	return {
		target: `${backend}:${join(directory, "data")}`,
		[Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
	};
}

/** A place of all ranks of a job. The last one that is done with it removes it, which those before it cannot. */
async function sharedPlace(backend: string, directory: string): Promise<Place> {
	const own = join(directory, `rank-${process.pid}`);
	await mkdir(own, { recursive: true });
	return {
		target: `${backend}:${join(directory, "data")}`,
		async [Symbol.asyncDispose]() {
			await rm(own, { recursive: true });
			const others = (await readdir(directory).catch(() => [])).some((name) => name.startsWith("rank-"));
			if (!others) await rm(directory, { recursive: true, force: true });
		},
	};
}
