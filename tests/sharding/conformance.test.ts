/** The whole dataset suite where every dataset is made of shards: what a chunk was is a shard, of chunks half as long. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type Connection, type CreateOptions, connect, type Dataset } from "tesserae";
import { datasetConformance } from "tesserae/conformance";
import { afterAll, describe, expect, test } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";

const directories: Scratch[] = [];
afterAll(async () => {
	for (const directory of directories) await directory.remove();
});

async function freshTarget(name: string): Promise<string> {
	if (name === "ram") return `ram:${randomUUID()}`;
	const directory = await scratch();
	directories.push(directory);
	return `file:${join(directory.path, "store")}`;
}

/** The longest part that divides a length. */
function half(length: number): number {
	for (let parts = 2; parts <= length; parts++) if (length % parts === 0) return length / parts;
	return 1;
}

/** The same dataset in shards. */
function sharded(options: CreateOptions): CreateOptions {
	const { chunkShape, codecs } = options;
	const isSharded = codecs?.some((codec) => typeof codec === "object" && codec.name === "sharding_indexed");
	if (!Array.isArray(chunkShape) || isSharded || options.shardShape !== undefined) return options;
	return { ...options, chunkShape: chunkShape.map(half), shardShape: chunkShape };
}

let made = 0;

function withShards(con: Connection): Connection {
	const create = con.createDataset.bind(con);
	const createSharded = async (name: string, options: CreateOptions = {}): Promise<Dataset> => {
		const dataset = await create(name, sharded(options));
		if (dataset.shardShape !== undefined) made++;
		return dataset;
	};
	con.createDataset = createSharded as never;
	return con;
}

/** Each backend and each engine once: what they do to one another is `tests/conformance/pairs.test.ts`. */
const PAIRS = [
	["ram", "threads"],
	["file", "sequential"],
] as const;

for (const [backend, engine] of PAIRS)
	describe(`${backend} × ${engine}`, () => {
		const targets = new WeakMap<Connection, string>();
		const open = async (target: string): Promise<Connection> => {
			const con = withShards(await connect(target, { engine, ...(backend === "file" ? { durability: "none" } : {}) }));
			targets.set(con, target);
			return con;
		};
		datasetConformance(test, async () => open(await freshTarget(backend)), {
			reopen: (closed) => open(targets.get(closed) as string),
		});
		test("the suite made datasets of shards", () => expect(made).toBeGreaterThan(100));
	});
