import { join } from "node:path";
import Database from "better-sqlite3";
import type { Backend } from "tesserae";
import { type SqliteOptions, sqlite } from "tesserae/backends/sqlite";
import { afterEach, beforeEach, expect } from "vitest";
import { killAll } from "./children.js";
import { scratch } from "./scratch.js";

export const MiB: number = 2 ** 20;
export const bytes: Uint8Array = new TextEncoder().encode("bytes");

/** Where each test of a file has its database. */
export interface SqlitePlace {
	/** A directory of the test's own. */
	readonly directory: string;
	/** A file in it, not made yet. */
	path: string;
	/** Run after the test, the last first. */
	readonly cleanUps: (() => unknown)[];
	/** A backend over `path`, closed after the test. */
	opened(options?: Partial<SqliteOptions>): Backend;
	/** Changes the file as another program would. */
	meddle(sql: string): void;
}

/** Call once per file: what it returns is set up before each test. */
export function sqlitePlace(): SqlitePlace {
	const cleanUps: (() => unknown)[] = [];
	const place = {
		directory: "",
		path: "",
		cleanUps,
		opened(options?: Partial<SqliteOptions>): Backend {
			const backend = sqlite({ path: place.path, durability: "none", ...options });
			cleanUps.push(() => backend.close());
			return backend;
		},
		meddle(sql: string): void {
			const database = new Database(place.path);
			database.exec(sql);
			database.close();
		},
	};
	beforeEach(async () => {
		const { path, remove } = await scratch();
		place.directory = path;
		place.path = join(path, "store.sqlite");
		cleanUps.push(remove, killAll);
	});
	afterEach(async () => {
		for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
	});
	return place;
}

export function ofSize(size: number, value: number): Uint8Array {
	return new Uint8Array(size).fill(value);
}

/** The one value that all bytes of an object have; undefined where there is none. */
export async function valueAt(backend: Backend, key: string): Promise<number | undefined> {
	const part = (await backend.get(key))?.parts[0];
	if (part !== undefined) expect(Buffer.compare(part, ofSize(part.byteLength, part[0] ?? 0))).toBe(0);
	return part?.[0];
}
