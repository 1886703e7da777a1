/** Stored objects far larger than any encoding of their chunk. */
import { appendFile, truncate } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { connect, type Dataset } from "tesserae";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { directory, pathOf, serve } from "../http/server.js";
import { entriesOf, indexBytes, objectAt } from "../sharding/layout.js";

const VALUES = Int32Array.from({ length: 512 }, (_, i) => (i * i) >> 9);
const OPTIONS = { data: VALUES, chunkShape: [256], codecs: ["bytes", "gzip"] };
/** Nothing of this machine would hold it. */
const TEBIBYTE = 2 ** 40;

let place: Scratch;
beforeAll(async () => {
	place = await scratch();
	await using con = await connect(`file:${place.path}`, { durability: "none" });
	await con.createDataset("a", OPTIONS);
	await truncate(`${place.path}/a/c/1`, TEBIBYTE);
});
afterAll(() => place.remove());

/** Chunk 1 is refused by its size alone; chunk 0 is as it was. */
async function refusesChunk(ds: Dataset<"int32">, said: string): Promise<void> {
	const error = { code: "CORRUPT", key: "a/c/1", chunk: [1], message: expect.stringContaining(said) };
	await expect(ds.get()).rejects.toMatchObject(error);
	await expect(ds.at(300)).rejects.toMatchObject(error);
	expect(Array.from((await ds.get("3:5")).data)).toEqual(Array.from(VALUES.subarray(3, 5)));
}

describe("a chunk of 1 KiB", () => {
	test.each(["sequential", "threads"])("as a file of 1 TiB, read by %s, is CORRUPT", async (engine) => {
		await using con = await connect(`file:${place.path}`, { engine, workers: 2 });
		const ds = await con.getDataset("a", { dtype: "int32" });
		await refusesChunk(ds, `"a/c/1" takes ${TEBIBYTE} bytes`);
		await expect(ds.set([300], 1)).rejects.toMatchObject({ code: "CORRUPT", key: "a/c/1" });
		await expect(ds.sum()).rejects.toMatchObject({ code: "CORRUPT", key: "a/c/1" });
		expect((await ds.verify()).findings).toMatchObject([{ kind: "corrupt", key: "a/c/1", chunk: [1] }]);
		await expect(ds.clone("b", { data: true })).rejects.toMatchObject({ code: "CORRUPT" });
	});

	test.each([
		["ram:", "sequential"],
		["ram:", "threads"],
		["sqlite", "sequential"],
	])("as 8 MiB in %s, read by %s, is CORRUPT", async (target, engine) => {
		await using con = await connect(target === "sqlite" ? `sqlite:${place.path}/a.sqlite` : target, { engine });
		const ds = await con.createDataset("a", OPTIONS);
		await con.backend.put("a/c/1", new Uint8Array(2 ** 23));
		await refusesChunk(ds, `"a/c/1" takes ${2 ** 23} bytes`);
	});

	test.each<[string, string, RequestListener]>([
		[
			"whose size the server tells",
			`${TEBIBYTE} bytes`,
			(_, response) => response.setHeader("content-length", TEBIBYTE).write("a"),
		],
		["that never ends", "more than the", (_, response) => endless(response)],
	])("over http, %s, is CORRUPT", async (_, said, chunk) => {
		const files = directory(place.path);
		const server = await serve((request, response) =>
			(pathOf(request) === "/a/c/1" ? chunk : files)(request, response),
		);
		const con = await connect(server.url);
		await refusesChunk(await con.getDataset("a", { dtype: "int32" }), said);
		await con.close();
		await server.close();
	});
});

function endless(response: Parameters<RequestListener>[1]): void {
	const piece = new Uint8Array(65536);
	const more = (): void => {
		while (!response.destroyed && response.write(piece));
	};
	response.on("drain", more);
	more();
}

describe("a shard", () => {
	const sharded = { data: VALUES, chunkShape: [64], shardShape: [512], codecs: ["bytes"] };

	test("with much that belongs to no inner chunk is read without that", async () => {
		await using con = await connect("ram:");
		const ds = await con.createDataset("a", sharded);
		const shard = await objectAt(con, "a/c/0");
		const roomy = new Uint8Array(shard.length + 2 ** 24);
		roomy.set(shard.subarray(0, 2048));
		roomy.set(shard.subarray(2048), 2048 + 2 ** 24);
		await con.backend.put("a/c/0", roomy);
		const { bytesRead } = con.meter.snapshot();
		expect(Array.from((await ds.get()).data)).toEqual(Array.from(VALUES));
		expect(con.meter.snapshot().bytesRead - bytesRead).toBe(shard.length);
	});

	test("with an inner chunk far larger than it can be is CORRUPT, before that is read", async () => {
		await using con = await connect(`file:${place.path}`, { durability: "none" });
		const codecs = [{ name: "sharding_indexed", configuration: { codecs: ["bytes"], index_codecs: ["bytes"] } }];
		const ds = await con.createDataset("b", { ...sharded, codecs });
		const shard = await objectAt(con, "b/c/0");
		const [first, ...rest] = entriesOf(shard, 8, 0).reverse();
		if (first === undefined) return expect.unreachable();
		const index = indexBytes([...rest.reverse(), [2048n, BigInt(TEBIBYTE - 2048 - 128)]]);
		const key = "b/c/0";
		await truncate(`${place.path}/${key}`, TEBIBYTE - 128);
		await appendFile(`${place.path}/${key}`, index);
		expect(await ds.at(100)).toBe(VALUES[100]);
		await expect(ds.at(511)).rejects.toMatchObject({
			code: "CORRUPT",
			key,
			message: expect.stringMatching(/inner chunk \[7\] of the shard: .* bytes, more than/),
		});
	});

	test("of more than 2^24 inner chunks is TOO_LARGE", async () => {
		await using con = await connect("ram:");
		const most = { dtype: "uint8", shape: [2 ** 24], shardShape: [2 ** 24], chunkShape: [1] } as const;
		expect((await con.createDataset("most", most)).shardShape).toEqual([2 ** 24]);
		const more = { ...most, shape: [2 ** 25], shardShape: [2 ** 25] };
		await expect(con.createDataset("more", more)).rejects.toMatchObject({
			code: "TOO_LARGE",
			message: expect.stringContaining("2^24"),
		});
	});
});
