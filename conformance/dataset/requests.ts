import type { Connection } from "../../src/connection.js";
import { equal } from "../expect.js";
import { counting, sameValues } from "./arrays.js";
import { always, type Clause, keysOf, lists, partial, type Requests, requestsOf, where } from "./fixture.js";

/** What reads, and what writes: a commit counts as one write. */
function readsAndWrites({ get, head, list, put, commit, delete: deleted }: Requests): [number, number] {
	return [get + head + list, put + commit + deleted];
}

async function counts(con: Connection, work: () => Promise<unknown>): Promise<[number, number]> {
	return readsAndWrites(await requestsOf(con, work));
}

const CUBE = { shape: [8, 8, 8], dtype: "uint16", chunkShape: [2, 2, 2], codecs: ["bytes"] } as const;

export const requests: readonly Clause[] = [
	where(lists, "reads never write", async (con) => {
		const ds = await con.createDataset("a", CUBE);
		const before = await keysOf(con);
		const [, writes] = await counts(con, async () => {
			await ds.get();
			await ds.at(0, 0, 0);
			await ds.points([[0], [0], [0]]);
			await ds.chunk([3, 3, 3]).get();
			for await (const _ of ds.blocks());
			ds.explain();
			await con.hasDataset("b");
		});
		equal(writes, 0, "writes");
		equal(await keysOf(con), before, "objects");
	}),
	always("a read takes one request per stored object that it touches, as explain says", async (con) => {
		const ds = await con.createDataset("a", { ...CUBE, data: counting([8, 8, 8]) });
		for (const selection of ["...", "0, 0, 0", "0:3, 0:2, 0:1", "::4, ::5, [0, 7, 0]", "0:0", "::-1, 3, 2:6"]) {
			const { requests, chunks, shards, shape, resultBytes } = ds.explain(selection);
			const asked = await requestsOf(con, async () => {
				const result = await ds.get(selection);
				equal(result.shape, shape, `shape of ${selection}`);
				equal(result.data.byteLength, resultBytes, `bytes of ${selection}`);
			});
			equal(asked.get, requests, `requests of ${selection}`);
			equal(readsAndWrites(asked), [shards ?? chunks, 0], `all requests of ${selection}`);
		}
	}),
	always("an aligned write of one chunk is one put and no get", async (con) => {
		const ds = await con.createDataset("a", CUBE);
		equal(await counts(con, () => ds.set("2:4, 4:6, 0:2", 5)), [0, 1], "of one chunk");
	}),
	always("an aligned write of many chunks reads nothing", async (con) => {
		const ds = await con.createDataset("a", CUBE);
		const [reads, writes] = await counts(con, () => ds.set("0:4, 0:4, 0:2", 5));
		equal([reads, writes], [0, con.supports.atomicMultiPut ? 1 : 4], "of four chunks");
	}),
	partial("a write of one element is one get and one put", async (con) => {
		const ds = await con.createDataset("a", { ...CUBE, data: counting([8, 8, 8]) });
		equal(await counts(con, () => ds.set([1, 1, 1], 9)), [1, 1], "by set");
		equal(await counts(con, () => ds.setPoints([[1], [1], [2]], 9)), [1, 1], "by setPoints");
		const fresh = await con.createDataset("b", CUBE);
		equal(await counts(con, () => fresh.set([1, 1, 1], 9)), [1, 1], "into a chunk that is not stored");
	}),
	always("an edge chunk that the selection covers is not read back", async (con) => {
		const ds = await con.createDataset("a", { shape: [5, 7], dtype: "int8", chunkShape: [4, 4], codecs: ["bytes"] });
		const [reads] = await counts(con, async () => {
			await ds.set("4:, 4:", 1);
			await ds.set("...", 2);
			await ds.set("::-1, 4:", 3);
			await ds.load(4);
		});
		equal(reads, 0, "reads");
		sameValues(await ds.get(), { data: new Int8Array(35).fill(4), shape: [5, 7] }, "values");
	}),
	always("creating, opening and asking cost one or a few requests, whatever the size", async (con) => {
		const shape = [1e6, 1e6, 1e6];
		const [, writes] = await counts(con, () =>
			con.createDataset("big", { shape, dtype: "int8", chunkShape: [10, 10, 10] }),
		);
		equal(writes, 2, "writes of create: the root group and the dataset");
		const ds = await con.getDataset("big");
		equal(await counts(con, () => con.getDataset("big")), [1, 0], "requests of getDataset");
		equal(await counts(con, () => ds.get("999999, 5:15, -1")), [2, 0], "requests of a small read");
		equal(ds.totalChunks, 1e15, "chunks");
	}),
	where(lists, "deleting costs one listing and a bulk delete", async (con) => {
		const ds = await con.createDataset("a", { ...CUBE, data: counting([8, 8, 8]) });
		const asked = await requestsOf(con, () => ds.delete());
		equal([asked.list, asked.delete <= 2, asked.head], [1, true, 0], "list, delete, head");
		equal(asked.get <= 2, true, "get: of the group above, whose metadata may repeat that of the dataset");
	}),
	where(
		({ supports }) => supports.list && supports.compareAndSwap === true,
		"a cleared chunk is removed, not stored as fill value",
		async (con) => {
			const ds = await con.createDataset("a", { data: counting([6]), chunkShape: [3] });
			await ds.set("0:3", 0);
			equal((await keysOf(con)).filter((key) => key.startsWith("a/c")).length, 1, "chunks left");
			if (!con.supports.conditionalDelete) return;
			await ds.set("3:5", 0);
			await ds.set("5:", 0);
			equal((await keysOf(con)).filter((key) => key.startsWith("a/c")).length, 0, "chunks left after partial writes");
		},
	),
];
