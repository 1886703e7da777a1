import Database from "better-sqlite3";
import { type Backend, connect, type Dataset } from "tesserae";
import type { Bench, Group } from "../support/bench.js";
import { values, warmCube } from "../support/cube.js";
import { contestant } from "../support/measure.js";
import { temporaryPlace } from "../support/place.js";
import { hold } from "../support/row.js";

/** The cube as 256 raw chunks of 1 MiB in one file, read whole and one after the other. */
export const sqlite: Group = { read };

/** An object by its key: its generation is the row of its first piece, and these have no other. */
const OBJECT_BY_KEY = "SELECT bytes FROM objects JOIN pieces ON id = generation WHERE key = ?";

async function read(bench: Bench): Promise<void> {
	await using place = await temporaryPlace("sqlite");
	await using connection = await connect(place.target);
	const chunkShape = [64, 64, 64];
	const dataset = await connection.createDataset("cube", { data: values(), chunkShape, codecs: [] });
	const { backend } = connection;
	const keys = await keysOf(dataset);
	const path = place.target.slice("sqlite:".length);
	const ownFile = `${path}-bare`;
	await copyObjects(backend, keys, ownFile);
	const bare = readerOf(path, OBJECT_BY_KEY);
	const bareOwn = readerOf(ownFile, "SELECT bytes FROM blobs WHERE key = ?");
	await checkObjects(backend, keys, [bare.read, bareOwn.read]);
	const out = warmCube();
	const contestants = [
		contestant("objects", async () => {
			for (const key of keys) await backend.get(key);
		}),
		contestant("get out", () => dataset.get("...", { out })),
		contestant("better-sqlite3", () => keys.forEach(bare.read)),
		contestant("better-sqlite3, a file of its own", () => keys.forEach(bareOwn.read)),
	];
	const comparisons = [
		{ ours: "objects", other: "better-sqlite3", atLeast: 0.8 },
		{ ours: "objects", other: "better-sqlite3, a file of its own" },
		{ ours: "get out", other: "better-sqlite3" },
	];
	await hold(bench, { name: "sqlite, chunks of 1 MiB", contestants, comparisons });
	bare.close();
	bareOwn.close();
}

async function keysOf(dataset: Dataset): Promise<string[]> {
	const keys: string[] = [];
	for await (const chunk of dataset.chunks()) keys.push(chunk.key);
	return keys;
}

/** As a program without us would keep them: one table, SQLite's own pages. */
async function copyObjects(backend: Backend, keys: readonly string[], path: string): Promise<void> {
	const database = new Database(path);
	database.pragma("journal_mode = WAL");
	database.exec("CREATE TABLE blobs (key TEXT PRIMARY KEY, bytes BLOB)");
	const insert = database.prepare("INSERT INTO blobs VALUES (?, ?)");
	for (const key of keys) insert.run(key, (await backend.get(key))?.parts[0]);
	database.close();
}

interface Reader {
	read(key: string): Uint8Array;
	close(): void;
}

function readerOf(path: string, sql: string): Reader {
	const database = new Database(path, { readonly: true });
	const statement = database.prepare<[string], Uint8Array>(sql).pluck();
	return { read: (key) => statement.get(key) as Uint8Array, close: () => database.close() };
}

async function checkObjects(
	backend: Backend,
	keys: readonly string[],
	readers: readonly Reader["read"][],
): Promise<void> {
	for (const key of keys) {
		const bytes = (await backend.get(key))?.parts[0] as Uint8Array;
		for (const read of readers)
			if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).equals(read(key)))
				throw new Error(`${key} is read differently by better-sqlite3`);
	}
}
