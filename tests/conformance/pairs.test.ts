import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Connection, connect, type Engine } from "tesserae";
import { datasetConformance, engineConformance } from "tesserae/conformance";
import { distributed } from "tesserae/engines/distributed";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { endStarted, startWorker } from "../services/redis.js";
import { ceph, newBucket, redis, type S3Service } from "../services/services.js";

/** What `run_tests.sh --backend … --engine …` asks for; without it every pair that needs no server. */
const {
	TESSERAE_TEST_BACKEND: backend,
	TESSERAE_TEST_ENGINE: engine,
	TESSERAE_TEST_CONNECTION: place,
	TESSERAE_TEST_CONNECTION_OPTIONS: options = "{}",
} = process.env;

const BACKENDS = ["ram", "file", "sqlite", ...(ceph === undefined ? [] : ["ceph"])];
const ENGINES = ["sequential", "threads", "cluster", "ranks", ...(redis === undefined ? [] : ["distributed"])];
/** Pairs that cannot work, and that say so. */
const REFUSED = new Set(["ram × ranks", "ram × distributed"]);

const directories: Scratch[] = [];

afterAll(async () => {
	for (const directory of directories) await directory.remove();
});

const queue = `pairs-${randomUUID()}`;
const kernels = fileURLToPath(new URL("../../dist/conformance/dataset", import.meta.url));

/** The workers of `distributed`, where there is a Redis; for the others a name is enough. */
function engineOf(name: string): string | Engine {
	return name === "distributed" && redis !== undefined ? distributed({ redis: redis.url, queue }) : name;
}

/** Two processes. What they need of the environment to open stores is there by now. */
async function startWorkers(): Promise<void> {
	if (redis === undefined) return;
	if (ceph !== undefined) await bucketOf(ceph);
	const { url } = redis;
	await Promise.all([1, 2].map(() => startWorker({ redis: url, queue, args: ["--kernels", kernels] })));
}

let bucket: Promise<string> | undefined;

/** In the environment, worker threads find endpoint and credentials too. */
function bucketOf(service: S3Service): Promise<string> {
	vi.stubEnv("AWS_ENDPOINT_URL_S3", service.endpoint);
	vi.stubEnv("AWS_ACCESS_KEY_ID", service.credentials.accessKeyId);
	vi.stubEnv("AWS_SECRET_ACCESS_KEY", service.credentials.secretAccessKey);
	bucket ??= newBucket(service).then((options) => options.bucket);
	return bucket;
}

/** A target that nothing was written to yet: a place of its own for each test, below the one asked for if there is one. */
async function freshTarget(name: string): Promise<string> {
	if (place !== undefined) return `${place.includes(":") ? place : `${name}:${place}`}/${randomUUID()}`;
	if (name === "ceph" && ceph !== undefined) return `ceph://${await bucketOf(ceph)}/${randomUUID()}`;
	if (name !== "file" && name !== "sqlite") return `${name}:${randomUUID()}`;
	const directory = await scratch();
	directories.push(directory);
	return `${name}:${join(directory.path, "store")}`;
}

const targets = new WeakMap<Connection, string>();

for (const backendName of backend === undefined ? BACKENDS : [backend])
	for (const engineName of engine === undefined ? ENGINES : [engine])
		describe(`${backendName} × ${engineName}`, () => {
			if (engineName === "distributed") {
				beforeAll(async () => {
					// Stores of the suite that cannot travel are told of, each time that they are opened.
					vi.stubEnv("TESSERAE_LOG", "error");
					await startWorkers();
				});
				afterAll(async () => {
					vi.stubEnv("TESSERAE_LOG", undefined);
					await endStarted();
				});
			}
			if (REFUSED.has(`${backendName} × ${engineName}`)) {
				test("is refused before anything is done", () => refuses(backendName, engineName));
				return;
			}
			const durability = backendName === "file" || backendName === "sqlite" ? { durability: "none" } : {};
			const open = async (target: string): Promise<Connection> => {
				const con = await connect(target, { engine: engineOf(engineName), ...durability, ...JSON.parse(options) });
				targets.set(con, target);
				return con;
			};
			datasetConformance(test, async () => open(await freshTarget(backendName)), {
				reopen: (closed) => open(targets.get(closed) as string),
			});
		});

for (const engineName of engine === undefined ? ENGINES : [engine])
	describe(engineName, () => {
		engineConformance(test, async () => {
			const engine = engineOf(engineName);
			return typeof engine === "string" ? (await import(`tesserae/engines/${engine}`)).open({}) : engine;
		});
	});

async function refuses(backendName: string, engineName: string): Promise<void> {
	const name = randomUUID();
	const refusal = { code: "UNSUPPORTED", message: expect.stringContaining(`${backendName}:${name}`) };
	await expect(connect(`${backendName}:${name}`, { engine: engineOf(engineName) })).rejects.toMatchObject(refusal);
	await using con = await connect(`${backendName}:${name}`);
	await expect(con.use({ engine: engineOf(engineName) })).rejects.toMatchObject(refusal);
	expect([con.runtime.engine.name, con.meter.snapshot().operations]).toEqual(["sequential", 0]);
}
