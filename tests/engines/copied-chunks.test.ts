/** A load of chunks that are the same bytes is done by the workers, where they can open both stores and it pays. */
import { type Backend, connect, type Engine } from "tesserae";
import { cluster } from "tesserae/engines/cluster";
import { threads } from "tesserae/engines/threads";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { PassThrough } from "../backends/pass-through.js";
import { scratch } from "../backends/scratch.js";
import { startS3rver } from "../services/s3rver.js";
import { newBucket } from "../services/services.js";

const data = Float32Array.from({ length: 20 ** 3 }, (_, i) => Math.sin(i));
const volume = { data, shape: [20, 20, 20] };

/** A store that takes chunks from other threads and processes only: they open the one within. */
class TakesNoChunks extends PassThrough {
	override get spec() {
		return this.inner.spec;
	}
	override async put(...args: Parameters<Backend["put"]>) {
		if (args[0].includes("/c/")) throw new Error(`${args[0]} was put here`);
		return this.inner.put(...args);
	}
}

async function bytesOf(backend: Backend, prefix: string): Promise<Map<string, string>> {
	const found = new Map<string, string>();
	for await (const { key } of backend.list(prefix)) {
		const bytes = (await backend.get(key))?.parts[0] as Uint8Array;
		found.set(key.slice(prefix.length), Buffer.from(bytes).toString("hex"));
	}
	return found;
}

const ENGINES: readonly (readonly [string, () => Engine])[] = [
	["threads", () => threads({ workers: 2 })],
	["cluster", () => cluster({ workers: 2 })],
];

describe.each(ENGINES)("%s", (_, engineOf) => {
	let service: Awaited<ReturnType<typeof startS3rver>>;
	beforeAll(async () => {
		service = await startS3rver();
		vi.stubEnv("AWS_ACCESS_KEY_ID", service.credentials.accessKeyId);
		vi.stubEnv("AWS_SECRET_ACCESS_KEY", service.credentials.secretAccessKey);
	});
	afterAll(async () => {
		vi.unstubAllEnvs();
		await service.stop();
	});

	test("workers copy between objects, byte for byte, remove what the source has not, and go on", async () => {
		const { bucket } = await newBucket(service);
		const target = `s3://${bucket}/store`;
		await using plain = await connect(target, { endpoint: service.endpoint });
		const source = await plain.createDataset("a", { data: volume, chunkShape: [5, 10, 20] });
		await source.deleteChunk([1, 1, 0]);
		const filled = await plain.createDataset("b", { ...source.creationOptions, data: 3 });
		await using con = await connect(new TakesNoChunks(plain.backend), { engine: engineOf() });
		const [a, b] = [await con.getDataset("a"), await con.getDataset("b")];
		const before = con.meter.snapshot().byOperation.put.operations;
		await b.load(a);
		expect(await bytesOf(plain.backend, "b/c/")).toEqual(await bytesOf(plain.backend, "a/c/"));
		expect(con.meter.snapshot().byOperation.put.operations - before).toBe(7);
		await filled.deleteChunk([3, 0, 0]);
		const totals: number[] = [];
		await b.load(a, { resume: true, onProgress: ({ total }) => totals.push(total) });
		expect(totals).toEqual([1]);
		expect(await bytesOf(plain.backend, "b/c/")).toEqual(await bytesOf(plain.backend, "a/c/"));
	});

	test("what one of them cannot store fails the load with its error", async () => {
		const { bucket } = await newBucket(service);
		await using plain = await connect(`s3://${bucket}/store`, { endpoint: service.endpoint });
		await plain.createDataset("a", { data: volume, chunkShape: [5, 10, 20] });
		const b = await plain.createDataset("b", { shape: [20, 20, 20], dtype: "float32", chunkShape: [5, 10, 20] });
		await plain.backend.put("a/c/2/0/0", new Uint8Array(2 ** 20));
		await using con = await connect(new TakesNoChunks(plain.backend), { engine: engineOf() });
		const load = (await con.getDataset("b")).load(await con.getDataset("a"));
		await expect(load).rejects.toMatchObject({ code: "CORRUPT", key: "a/c/2/0/0" });
		expect(await b.hasChunk([2, 0, 0])).toBe(false);
	});

	test("between files it is done here, where it takes less", async () => {
		const { path, remove } = await scratch();
		await using plain = await connect(`file:${path}/store`);
		const source = await plain.createDataset("a", { data: volume, chunkShape: [5, 10, 20] });
		await plain.createDataset("b", source.creationOptions);
		await using con = await connect(new TakesNoChunks(plain.backend), { engine: engineOf() });
		const load = (await con.getDataset("b")).load(await con.getDataset("a"));
		await expect(load).rejects.toThrow("was put here");
		await remove();
	});
});
