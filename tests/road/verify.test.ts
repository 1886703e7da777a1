import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	type Capabilities,
	type Connection,
	connect,
	type Dataset,
	type Fetched,
	type GetOptions,
	type Progress,
	StoreError,
} from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PassThrough } from "../backends/pass-through.js";

let directory: string;
beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "tesserae-"));
});
afterAll(() => rm(directory, { recursive: true }));

let con: Connection;
afterEach(() => con.close());

const STORES = ["ram:", "file:DIR/file", "sqlite:DIR/store.sqlite"];
const PLACES = STORES.flatMap((target) => ["sequential", "threads"].map((engine) => [target, engine] as const));

async function open(target: string, engine = "sequential"): Promise<Connection> {
	con = await connect(target.replace("DIR", directory), { engine, workers: 2 });
	return con;
}

/** 6 chunks, of which the last two are not stored. */
async function written(codecs?: readonly string[]): Promise<Dataset<"int32">> {
	const options = { shape: [30, 16], dtype: "int32", chunkShape: [10, 8], codecs, ifExists: "replace" } as const;
	const ds = await con.createDataset("scans/a", options);
	await ds.set("0:20", { data: Int32Array.from({ length: 320 }, (_, i) => 3 * i + 1), shape: [20, 16] });
	return ds;
}

async function change(key: string, edit: (bytes: Uint8Array) => Uint8Array): Promise<void> {
	const fetched = await con.backend.get(key);
	await con.backend.put(key, edit(Uint8Array.from(fetched?.parts[0] ?? [])));
}

/** One bit of the byte in the middle. */
function flip(bytes: Uint8Array): Uint8Array {
	const at = bytes.length >> 1;
	bytes[at] = (bytes[at] as number) ^ 1;
	return bytes;
}

describe.each(PLACES)("verify on %s with %s", (target, engine) => {
	it("finds nothing where nothing is wrong, and counts", async () => {
		await open(target, engine);
		const ds = await written();
		const seen: Progress[] = [];
		const report = await ds.verify({ onProgress: (progress) => seen.push(progress) });
		let bytes = 0;
		for await (const entry of con.backend.list("scans/a/c/")) bytes += entry.kind === "object" ? entry.size : 0;
		expect(report).toEqual({
			dataset: "scans/a",
			ok: true,
			chunks: 6,
			stored: 4,
			missing: 2,
			bytes,
			checksums: true,
			findings: [],
			repairs: [],
		});
		expect(seen.at(-1)).toMatchObject({ done: 4, total: 4 });
	});

	it("finds a flipped bit, a cut chunk and what does not belong there, in order", async () => {
		await open(target, engine);
		const ds = await written();
		await change("scans/a/c/1/0", flip);
		await change("scans/a/c/0/1", (bytes) => bytes.subarray(0, bytes.length - 3));
		await con.backend.put("scans/a/c/0/0", new Uint8Array(0));
		for (const key of ["scans/a/c/3/0", "scans/a/c/0", "scans/a/notes.txt"])
			await con.backend.put(key.replace("c/0", "d/0"), new Uint8Array(7));
		const { findings, ok, stored } = await ds.verify();
		expect({ ok, stored }).toEqual({ ok: false, stored: 4 });
		expect(findings.map(({ kind, key, chunk }) => [kind, key, chunk])).toEqual([
			["truncated", "scans/a/c/0/0", [0, 0]],
			["truncated", "scans/a/c/0/1", [0, 1]],
			["corrupt", "scans/a/c/1/0", [1, 0]],
			["orphaned", "scans/a/c/3/0", undefined],
			["orphaned", "scans/a/d/0", undefined],
			["orphaned", "scans/a/notes.txt", undefined],
		]);
		expect(findings.map(({ bytes }) => bytes).slice(3)).toEqual([7, 7, 7]);
		expect(findings[1]?.message).toMatch(/zstd/);
	});
});

describe("verify", () => {
	it.each([
		[["bytes"], false, 0],
		[["bytes", "crc32c"], true, 1],
		[["bytes", "gzip"], true, 1],
		[["transpose", "bytes", "crc32c"], true, 1],
	] as const)("with codecs %j says whether a flipped bit can be found: %s", async (codecs, checksums, found) => {
		await open("ram:");
		const order = { name: "transpose", configuration: { order: [1, 0] } };
		const ds = await written(codecs.map((name) => (name === "transpose" ? order : name)) as never);
		await change("scans/a/c/1/1", flip);
		const report = await ds.verify();
		expect(report).toMatchObject({ checksums, ok: found === 0 });
		expect(report.findings).toHaveLength(found);
	});

	it("tells a chunk of a fixed size that was cut from one that is damaged, and one that is too long", async () => {
		await open("ram:");
		const ds = await written(["bytes"]);
		await change("scans/a/c/0/0", (bytes) => bytes.subarray(1));
		await change("scans/a/c/0/1", (bytes) => Uint8Array.of(...bytes, 0));
		const { findings } = await ds.verify();
		expect(findings.map(({ kind, bytes }) => [kind, bytes])).toEqual([
			["truncated", 319],
			["corrupt", 321],
		]);
	});

	it("sees the dataset as it is now, not as it was opened", async () => {
		await open("ram:");
		const ds = await written();
		const other = await con.getDataset("scans/a");
		await other.append({ data: new Int32Array(160).fill(5), shape: [10, 16] });
		expect(await ds.verify()).toMatchObject({ ok: true, chunks: 8, stored: 6 });
	});

	it("verifies datasets without chunks, without axes, and at the root", async () => {
		await open("ram:");
		const empty = await con.createDataset("empty", { shape: [0, 3], dtype: "int8" });
		expect(await empty.verify()).toMatchObject({ ok: true, chunks: 0, stored: 0, missing: 0, bytes: 0 });
		const scalar = await con.createDataset("scalar", { data: 7 });
		expect(await scalar.verify()).toMatchObject({ ok: true, chunks: 1, stored: 1, missing: 0 });
		await con.close();
		await open("ram:");
		const root = await con.createDataset("", { data: Int8Array.of(1, 2, 3), chunkShape: [2] });
		expect(await root.verify()).toMatchObject({ ok: true, chunks: 2, stored: 2 });
	});

	it("of a store that cannot list reads every chunk of the grid", async () => {
		con = await connect(new Unlisted(ram()));
		const ds = await written();
		await change("scans/a/c/1/0", flip);
		expect(await ds.verify()).toMatchObject({ chunks: 6, stored: 4, missing: 2, findings: [{ chunk: [1, 0] }] });
	});

	it("rejects where a chunk cannot be read: that is neither a finding nor absence", async () => {
		const backend = new Failing(ram());
		con = await connect(backend);
		const ds = await written();
		backend.key = "scans/a/c/1/0";
		await expect(ds.verify()).rejects.toMatchObject({ code: "UNAVAILABLE" });
	});

	it("ends when it is cancelled", async () => {
		await open("ram:");
		const ds = await written();
		const stop = new AbortController();
		const verified = ds.verify({ signal: stop.signal, onProgress: () => stop.abort() });
		await expect(verified).rejects.toMatchObject({ code: "ABORTED" });
	});
});

class Unlisted extends PassThrough {
	override get supports(): Capabilities {
		return { ...this.inner.supports, list: false };
	}
}

class Failing extends PassThrough {
	key = "";
	override async get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		if (key === this.key) throw new StoreError("UNAVAILABLE", "the store is down");
		return this.inner.get(key, options);
	}
}
