import { join } from "node:path";
import { type FileOptions, file } from "tesserae/backends/file";
import { ram } from "tesserae/backends/ram";
import { type BackendFixture, backendConformance } from "tesserae/conformance";
import { describe, test } from "vitest";
import { meter } from "../../dist/src/wrap/meter.js";
import { readOnly } from "../../dist/src/wrap/read-only.js";
import { scratch } from "./scratch.js";

let spaces = 0;

async function sharedRam(): Promise<BackendFixture> {
	const name = `conformance-${++spaces}`;
	return { backend: ram({ name }), reopen: async () => ram({ name }) };
}

async function directory(options?: Omit<FileOptions, "path">): Promise<BackendFixture> {
	const { path, remove } = await scratch();
	const open = () => file({ ...options, path: join(path, "made", "by the first write") });
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
