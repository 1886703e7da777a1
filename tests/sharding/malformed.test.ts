import { type Connection, connect, type Dataset, isStoreError } from "tesserae";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Entry, indexBytes, objectAt } from "./layout.js";

let con: Connection;
beforeEach(async () => {
	con = await connect("ram:");
});
afterEach(() => con.close());

const index = { index_codecs: ["bytes"] };

/** Four inner chunks of two bytes in a shard of 8 × 1, each [2n + 1, 2n + 2]; no checksums. */
async function dataset(location: "start" | "end"): Promise<Dataset<"uint8">> {
	const sharding = {
		name: "sharding_indexed",
		configuration: { codecs: ["bytes"], ...index, index_location: location },
	};
	const data = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
	return con.createDataset("a", { data, chunkShape: [2], shardShape: [8], codecs: [sharding] });
}

async function failure(call: () => Promise<unknown>): Promise<unknown> {
	try {
		await call();
	} catch (error) {
		return error;
	}
	return undefined;
}

const HUGE = 2n ** 63n;
const UNSTORED = 2n ** 64n - 1n;

/** Indices of a shard of 8 bytes and an index of 64. */
const WRONG: { readonly [what: string]: readonly Entry[] } = {
	"an inner chunk beyond the end": [
		[0n, 2n],
		[2n, 2n],
		[4n, 2n],
		[72n, 2n],
	],
	"an inner chunk that reaches beyond the end": [
		[0n, 2n],
		[2n, 2n],
		[4n, 2n],
		[6n, 100n],
	],
	"an inner chunk that reaches into the index": [
		[0n, 2n],
		[2n, 2n],
		[4n, 2n],
		[7n, 2n],
	],
	"inner chunks that overlap": [
		[0n, 2n],
		[1n, 2n],
		[4n, 2n],
		[6n, 2n],
	],
	"one inner chunk twice": [
		[0n, 2n],
		[2n, 2n],
		[2n, 2n],
		[6n, 2n],
	],
	"an offset and a length that overflow": [
		[HUGE, HUGE],
		[2n, 2n],
		[4n, 2n],
		[6n, 2n],
	],
	"an enormous length": [[0n, HUGE], null, null, null],
	"an enormous offset": [[HUGE, 2n], null, null, null],
	"an offset alone that says unstored": [
		[UNSTORED, 2n],
		[2n, 2n],
		[4n, 2n],
		[6n, 2n],
	],
	"a length alone that says unstored": [
		[0n, UNSTORED],
		[2n, 2n],
		[4n, 2n],
		[6n, 2n],
	],
	"a chunk that is too short": [[0n, 1n], null, null, null],
	"a chunk without bytes": [[0n, 0n], [2n, 2n], null, null],
};

describe.each(["start", "end"] as const)("index at the %s", (location) => {
	const shift = (entry: Entry): Entry => (entry && entry[0] < HUGE ? [entry[0] + 64n, entry[1]] : entry);
	test.each(Object.entries(WRONG))("%s is CORRUPT", async (_, entries) => {
		const ds = await dataset(location);
		const { key } = ds.chunk([1]);
		const content = Uint8Array.of(9, 10, 11, 12, 13, 14, 15, 16);
		const bytes =
			location === "end" ? [...content, ...indexBytes(entries)] : [...indexBytes(entries.map(shift)), ...content];
		await con.backend.put(key, Uint8Array.from(bytes));
		for (const call of [() => ds.get(), () => ds.at(8), () => ds.set([8], 1), () => ds.points([[8]]), () => ds.sum()]) {
			const error = await failure(call);
			expect(isStoreError(error, "CORRUPT"), String(error)).toBe(true);
			expect(error).toMatchObject({ chunk: [1], dataset: "a", key });
		}
		expect(Array.from((await ds.get(":8")).data)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
		expect((await ds.verify()).findings).toMatchObject([{ chunk: [1], key }]);
		await ds.set("8:", 3);
		expect(await ds.at(15)).toBe(3);
	});

	test("a shard that is too short for its index is CORRUPT", async () => {
		const ds = await dataset(location);
		for (const length of [0, 1, 63]) {
			await con.backend.put(ds.chunk([0]).key, new Uint8Array(length));
			expect(await failure(() => ds.get())).toMatchObject({ code: "CORRUPT", chunk: [0] });
		}
	});

	test("unused bytes between inner chunks are passed over", async () => {
		const ds = await dataset(location);
		const content = [0, 7, 8, 0, 0, 5, 6, 0];
		const entries: Entry[] = [[5n, 2n], null, null, [1n, 2n]];
		const bytes =
			location === "end" ? [...content, ...indexBytes(entries)] : [...indexBytes(entries.map(shift)), ...content];
		await con.backend.put(ds.chunk([0]).key, Uint8Array.from(bytes));
		expect(Array.from((await ds.get(":8")).data)).toEqual([5, 6, 0, 0, 0, 0, 7, 8]);
	});
});

test("a changed index is found by its checksum", async () => {
	const ds = await con.createDataset("b", { data: Uint8Array.of(1, 2, 3, 4), chunkShape: [2], shardShape: [4] });
	const { key } = ds.chunk([0]);
	const shard = await objectAt(con, key);
	for (let at = shard.length - 36; at < shard.length; at++) {
		await con.backend.put(key, shard.with(at, (shard[at] as number) ^ 1));
		expect(await failure(() => ds.get())).toMatchObject({ code: "CORRUPT", chunk: [0] });
	}
});

test("a damaged inner chunk is CORRUPT, named, and leaves those beside it readable", async () => {
	const data = { data: Float64Array.from({ length: 120_000 }, (_, i) => Math.sin(i)), shape: [4, 30_000] };
	const ds = await con.createDataset("b", { data, chunkShape: [1, 10_000], shardShape: [4, 30_000] });
	const { key } = ds.chunk([0, 0]);
	const shard = await objectAt(con, key);
	const middle = Math.floor(shard.length / 2);
	await con.backend.put(key, shard.with(middle, (shard[middle] as number) ^ 0xff));
	const damaged: string[] = [];
	for (let row = 0; row < 4; row++)
		for (let column = 0; column < 3; column++) {
			const error = await failure(() => ds.get([row, column * 10_000]));
			if (error === undefined) continue;
			expect(error).toMatchObject({ code: "CORRUPT", chunk: [0, 0] });
			damaged.push(`${(error as Error).message.match(/inner chunk \[[^\]]*\]/)}`, `inner chunk [${row}, ${column}]`);
		}
	expect(damaged).toHaveLength(2);
	expect(damaged[0]).toBe(damaged[1]);
});

describe("settings that are wrong", () => {
	test.each([
		[{ chunkShape: [3], shardShape: [8] }, "shardShape"],
		[{ chunkShape: [2], shardShape: [8, 8] }, "shardShape"],
		[{ chunkShape: [2], shardShape: [0] }, "shardShape"],
		[{ chunkShape: [8], shardShape: [4] }, "shardShape"],
		[{ chunkShape: [2], shardShape: "8" as never }, "shardShape"],
		[{ chunkShape: [8], codecs: [{ name: "sharding_indexed", configuration: { chunk_shape: [3] } }] }, "chunk_shape"],
		[{ chunkShape: [8], codecs: ["sharding_indexed"] }, "chunk_shape"],
	])("%j", async (options, member) => {
		const error = await failure(() => con.createDataset("c", { shape: [16], dtype: "int8", ...options }));
		expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
		expect((error as Error).message).toContain(member);
		expect(await con.hasDataset("c")).toBe(false);
	});

	test("in metadata they are CORRUPT, naming the member", async () => {
		const ds = await con.createDataset("c", { shape: [16], dtype: "int8", chunkShape: [2], shardShape: [8] });
		const document = JSON.parse(new TextDecoder().decode(await objectAt(con, "c/zarr.json")));
		const changes: [string, unknown, string][] = [
			["chunk_shape", [3], "CORRUPT"],
			["chunk_shape", "2", "CORRUPT"],
			["codecs", [], "CORRUPT"],
			["index_location", "middle", "CORRUPT"],
			[
				"index_codecs",
				[
					{ name: "bytes", configuration: { endian: "little" } },
					{ name: "gzip", configuration: { level: 1 } },
				],
				"CORRUPT",
			],
			["codecs", [{ name: "of tomorrow" }], "UNSUPPORTED"],
		];
		for (const [member, value, code] of changes) {
			const changed = structuredClone(document);
			changed.codecs[0].configuration[member] = value;
			await con.backend.put("c/zarr.json", new TextEncoder().encode(JSON.stringify(changed)));
			const error = await failure(() => con.getDataset("c"));
			expect(error).toMatchObject({ code, key: "c/zarr.json" });
			expect((error as Error).message).toContain(member);
		}
		expect(ds.chunkShape).toEqual([2]);
	});

	test("an index too large for memory is refused before anything is read", async () => {
		const ds = await con.createDataset("c", { shape: [16], dtype: "int8", chunkShape: [2], shardShape: [8] });
		const document = JSON.parse(new TextDecoder().decode(await objectAt(con, "c/zarr.json")));
		document.chunk_grid.configuration.chunk_shape = [2 ** 31];
		document.codecs[0].configuration.chunk_shape = [1];
		await con.backend.put("c/zarr.json", new TextEncoder().encode(JSON.stringify(document)));
		expect(await failure(() => ds.refresh())).toMatchObject({ code: "TOO_LARGE" });
	});
});
