import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Backend } from "tesserae";
import { type FileOptions, file } from "tesserae/backends/file";
import { ram } from "tesserae/backends/ram";
import { type SqliteOptions, sqlite } from "tesserae/backends/sqlite";
import { type BackendFixture, backendConformance } from "tesserae/conformance";
import { fault, limit, meter, prefix, readOnly, retry } from "tesserae/wrap";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type Scratch, scratch } from "./scratch.js";

let spaces = 0;

async function sharedRam(): Promise<BackendFixture> {
	const name = `conformance-${++spaces}`;
	return { backend: ram({ name }), reopen: async () => ram({ name }) };
}

async function directory(options?: Omit<FileOptions, "path">, factory: typeof file = file): Promise<BackendFixture> {
	const { path, remove } = await scratch();
	const open = () => factory({ ...options, path: join(path, "made", "by the first write") });
	return { backend: open(), reopen: async () => open(), dispose: remove };
}

async function database(options?: Omit<SqliteOptions, "path">): Promise<BackendFixture> {
	const { path, remove } = await scratch();
	const open = () => sqlite({ ...options, path: join(path, "made", "by the first write.sqlite") });
	return { backend: open(), reopen: async () => open(), dispose: remove };
}

describe("ram", () => backendConformance(test, sharedRam));

describe("ram without a name", () => backendConformance(test, async () => ({ backend: ram() })));

describe("file", () => backendConformance(test, () => directory({ durability: "none" })));

describe("file with fsync", () => backendConformance(test, () => directory()));

describe("file with lockDir", () => {
	backendConformance(test, async () => {
		const locks = await scratch();
		const { backend, dispose } = await directory({ durability: "none", lockDir: locks.path });
		return {
			backend,
			async dispose() {
				await dispose?.();
				await locks.remove();
			},
		};
	});
});

describe("file where better-sqlite3 is not installed", () => {
	let away: Scratch;
	let elsewhere: { file: typeof file };

	beforeAll(async () => {
		away = await scratch();
		const build = fileURLToPath(new URL("../../dist", import.meta.url));
		for (const part of ["src", "backends"]) await cp(join(build, part), join(away.path, part), { recursive: true });
		await cp(join(build, "../package.json"), join(away.path, "package.json"));
		elsewhere = await import(pathToFileURL(join(away.path, "backends", "file", "index.js")).href);
	});

	afterAll(() => away.remove());

	backendConformance(test, () => directory({ durability: "none" }, elsewhere.file));
});

describe("sqlite", () => backendConformance(test, () => database({ durability: "none" })));

describe("sqlite with fsync", () => backendConformance(test, () => database()));

describe("readOnly of ram", () => {
	backendConformance(test, async () => {
		const { backend: writer, reopen } = await sharedRam();
		return { backend: readOnly(writer), writer, reopen };
	});
});

describe("readOnly of file", () => {
	backendConformance(test, async () => {
		const { backend: writer, reopen, dispose } = await directory({ durability: "none" });
		const reader = await reopen?.();
		return { backend: readOnly(reader ?? writer), writer, reopen, dispose };
	});
});

/** Around `inner`, of which other wrappers may be opened. */
async function wrapped(inner: Promise<BackendFixture>, wrap: (backend: Backend) => Backend): Promise<BackendFixture> {
	const { backend, reopen, dispose } = await inner;
	return { backend: wrap(backend), reopen: reopen && (async () => wrap(await reopen())), dispose };
}

/** A fifth of the calls fail, before they are carried out or after. */
const FAILING = { errorRate: 0.1, lostRate: 0.1 };
const PATIENT = { base: 1, cap: 4, attempts: 20, budget: Number.POSITIVE_INFINITY };
let seed = 0;

const WRAPPERS: Record<string, (backend: Backend) => Backend> = {
	meter: (backend) => meter(backend).backend,
	prefix: (backend) => prefix(backend, "a/b c/"),
	limit: (backend) => limit(backend, { concurrency: 2, metadataConcurrency: 3 }),
	retry: (backend) => retry(backend),
	fault: (backend) => fault(backend),
};

for (const [name, wrap] of Object.entries(WRAPPERS)) {
	describe(`${name} of ram`, () => backendConformance(test, () => wrapped(sharedRam(), wrap)));
	describe(`${name} of file`, () => backendConformance(test, () => wrapped(directory({ durability: "none" }), wrap)));
}

describe("retry of a store that fails and loses answers", () => {
	const wrap = (backend: Backend): Backend => retry(fault(backend, { ...FAILING, seed: ++seed }), PATIENT);
	backendConformance(test, () => wrapped(sharedRam(), wrap));
});

describe("retry and limit of a store that is throttled and does not remember writes", () => {
	const throttled = { errorRate: 0.2, error: "THROTTLED" } as const;
	const wrap = (backend: Backend): Backend => retry(limit(fault(backend, { ...throttled, seed: ++seed })), PATIENT);
	backendConformance(test, () => wrapped(directory({ durability: "none" }), wrap));
});

describe("retry, limit and prefix of sqlite", () => {
	const wrap = (backend: Backend): Backend => retry(limit(prefix(backend, "scans")), { attemptTimeout: 60_000 });
	backendConformance(test, () => wrapped(database({ durability: "none" }), wrap));
});
