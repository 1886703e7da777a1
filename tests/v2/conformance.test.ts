/** Everything that datasets promise holds for those of format 2 as well: the suite runs again with that as the default. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type Connection, type ConnectOptions, type CreateOptions, connect } from "tesserae";
import { datasetConformance } from "tesserae/conformance";
import { afterAll, describe, test } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";

/** Promises whose checks name `zarr.json`, keys of chunks, unnamed dimensions, or numbers of requests as they are in format 3. */
const OF_FORMAT_3: readonly string[] = [
	"after clear everything is fill value",
	"a dataset is opened as it was created",
	"ifExists: error, open, replace",
	"a chunk of nothing but fill value is not stored; -0 is not 0, NaN is NaN",
	"deleting costs one listing and a bulk delete",
	"creating, opening and asking cost one or a few requests, whatever the size",
	"a cleared chunk is removed, not stored as fill value",
	"a chunk reads and writes its valid part",
	"keys and bytes are those of Zarr v3, on every store the same",
	"what a shrinking cuts off never comes back",
	"the error says which chunk",
	"a write that the store refuses fails with its error, and later ones succeed",
	"what could not be filled is not left half full",
	"the first failure wins: the others are cancelled, and nothing more is started",
];

const targets = new WeakMap<Connection, string>();
const directories: Scratch[] = [];

afterAll(async () => {
	for (const directory of directories) await directory.remove();
});

async function fileTarget(): Promise<string> {
	const directory = await scratch();
	directories.push(directory);
	return `file:${join(directory.path, "store")}`;
}

/** Data types that v2 has no string for. */
const ONLY_V3 = /int[24]$|bfloat|float[468]_/;

async function open(target: string, options: ConnectOptions): Promise<Connection> {
	const con = await connect(target, options);
	const create = con.createDataset.bind(con);
	con.createDataset = ((name: string, given: CreateOptions) =>
		create(name, { format: ONLY_V3.test(String(given.dtype)) ? 3 : 2, ...given })) as never;
	targets.set(con, target);
	return con;
}

const PAIRS = [
	{ title: "ram × sequential", target: async () => `ram:${randomUUID()}`, options: { engine: "sequential" } },
	{ title: "file × threads", target: fileTarget, options: { engine: "threads", workers: 2, durability: "none" } },
];

describe.each(PAIRS)("$title", ({ target, options }) => {
	const unlessOfFormat3 = (name: string, body: () => Promise<void>): void => {
		test.skipIf(OF_FORMAT_3.includes(name))(name, body);
	};
	datasetConformance(unlessOfFormat3, async () => open(await target(), options), {
		reopen: (closed) => open(targets.get(closed) as string, options),
	});
});
