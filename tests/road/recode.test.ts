import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CreateOptions, connect } from "tesserae";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Chunks that hang over the border on both axes. */
const SHAPE = [10, 7];
const CHUNKS = [4, 4];
const VALUES = Float32Array.from({ length: 70 }, (_, i) => i - 30.5);

const CODECS: { readonly [name: string]: CreateOptions["codecs"] } = {
	raw: [],
	"raw, big": [{ name: "bytes", configuration: { endian: "big" } }],
	checked: ["bytes", "crc32c"],
	zstd: ["bytes", "zstd"],
	turned: [{ name: "transpose", configuration: { order: [1, 0] } }, "bytes", "zstd"],
	shards: [shards([2, 2])],
	"turned shards": [{ name: "transpose", configuration: { order: [1, 0] } }, shards([2, 2])],
	"other shards": [shards([4, 1])],
};

function shards(shape: readonly number[]): {
	readonly name: string;
	readonly configuration: { readonly [member: string]: unknown };
} {
	return { name: "sharding_indexed", configuration: { chunk_shape: shape, codecs: ["bytes", "zstd"] } };
}

let directory: string;
beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "tesserae-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe.each(["sequential", "threads"])("%s", (engine) => {
	test("a copy in the same chunks holds the same values, whatever the codecs of both", async () => {
		await using con = await connect(`file:${directory}/${engine}`, { engine, durability: "none" });
		const data = { data: VALUES, shape: SHAPE };
		for (const [from, codecs] of Object.entries(CODECS)) {
			const settings = { chunkShape: CHUNKS, codecs, fillValue: -1 };
			const source = await con.createDataset(`from/${from}`, { data, ...settings });
			for (const [to, others] of Object.entries(CODECS)) {
				const target = await con.createDataset(`${from}/${to}`, {
					shape: SHAPE,
					dtype: "float32",
					chunkShape: CHUNKS,
					codecs: others,
					fillValue: 5,
				});
				await target.load(source);
				expect([...(await target.get()).data], `${from} to ${to}`).toEqual([...VALUES]);
			}
		}
		const padding = new Float32Array((await readFile(`${directory}/${engine}/zstd/raw/c/2/1`)).buffer.slice(0)).at(-1);
		expect(padding).toBe(5);
	});

	test("what the source does not store becomes its fill value, and only the target's is left out", async () => {
		await using con = await connect(`file:${directory}/fill-${engine}`, { engine, durability: "none" });
		const settings = { shape: SHAPE, dtype: "float32", chunkShape: CHUNKS } as const;
		const source = await con.createDataset("source", { ...settings, fillValue: 3 });
		await source.set("0:4, 0:4", 5);
		const target = await con.createDataset("target", { ...settings, fillValue: 5 });
		await target.load(source);
		const stored: string[] = [];
		for await (const { coords } of target.chunks({ stored: true })) stored.push(String(coords));
		expect((await target.get()).data).toEqual((await source.get()).data);
		expect(stored).not.toContain("0,0");
		expect(stored).toHaveLength(5);
	});
});
