import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type FileOptions, file } from "tesserae/backends/file";
import { ram } from "tesserae/backends/ram";
import { type SqliteOptions, sqlite } from "tesserae/backends/sqlite";
import { type BackendFixture, backendConformance } from "tesserae/conformance";
import { afterAll, beforeAll, describe, test } from "vitest";
import { meter } from "../../dist/src/wrap/meter.js";
import { readOnly } from "../../dist/src/wrap/read-only.js";
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

describe("meter of ram", () => {
	backendConformance(test, async () => {
		const { backend, reopen } = await sharedRam();
		return { backend: meter(backend).backend, reopen };
	});
});
