import { connect } from "tesserae";
import { type S3Options, s3 } from "tesserae/backends/s3";
import { afterEach, beforeAll, expect, test } from "vitest";
import { firstOutputOf, killAll, outputOf, start } from "../road/children.js";
import { ceph, describeWith, newBucket } from "../services/services.js";

/** 1, 2, 3, …: what all writers together have written. */
function everything(count: number): number[] {
	return Array.from({ length: count }, (_, i) => i + 1);
}

describeWith(ceph, "several processes on Ceph", (service) => {
	let options: S3Options;
	const script = (name: string): URL => new URL(`./processes/${name}.mjs`, import.meta.url);
	const endpoints = [service.endpoint, service.secondEndpoint ?? service.endpoint];
	const environment = {
		AWS_ACCESS_KEY_ID: service.credentials.accessKeyId,
		AWS_SECRET_ACCESS_KEY: service.credentials.secretAccessKey,
	};

	beforeAll(async () => {
		options = await newBucket(service);
	});

	afterEach(killAll);

	const run = async (name: string, argsOf: (n: number) => (string | number)[], count: number): Promise<string[]> => {
		const children = Array.from({ length: count }, (_, n) => start(script(name), argsOf(n), environment));
		await Promise.all(children.map(firstOutputOf));
		const outputs = children.map(outputOf);
		for (const child of children) child.stdin?.write("go\n");
		return Promise.all(outputs);
	};

	test.each([
		["one chunk", { chunkShape: [32, 200] }],
		["one shard", { chunkShape: [4, 50], shardShape: [32, 200] }],
	])(
		"4 processes × 8 writers × 200 writes to %s, over two gateways: nothing is lost",
		async (name, shapes) => {
			const con = await connect(s3({ ...options, prefix: "races" }));
			const ds = await con.createDataset(name, { shape: [32, 200], dtype: "int32", ...shapes });
			const target = `s3://${options.bucket}/races`;
			await run("write-rows", (n) => [target, name, endpoints[n % 2] as string, n * 8, 8, 200], 4);
			expect([...(await ds.get()).data]).toEqual(everything(6400));
			await con.close();
		},
		300_000,
	);

	test("of many who create a dataset at once, over two gateways, one does", async () => {
		const target = `s3://${options.bucket}/created`;
		for (let round = 0; round < 3; round++) {
			const args = (n: number) => [target, `a${round}`, endpoints[n % 2] as string, `by ${n}`];
			const outputs = await run("create", args, 6);
			const winners = outputs.flatMap((output, n) => (output.includes("created") ? [n] : []));
			expect(winners).toHaveLength(1);
			expect(outputs.filter((output) => output.includes("ALREADY_EXISTS"))).toHaveLength(5);
			const con = await connect(s3({ ...options, prefix: "created" }));
			expect((await con.getDataset(`a${round}`)).attributes).toEqual({ attribute: `by ${winners[0]}` });
			await con.close();
		}
	});
});

describeWith(ceph, "writers of one chunk on Ceph", (service) => {
	let options: S3Options;

	beforeAll(async () => {
		options = await newBucket(service);
	});

	/** Connections of different endpoints queue in different lanes, as processes do. */
	const both = () =>
		[service.endpoint, service.secondEndpoint].map((endpoint) =>
			connect(s3({ ...options, endpoint, prefix: "chunk" })),
		);

	test("a write of the whole chunk is not dropped where a write to a part of it lands at the same moment", async () => {
		const [one, other] = (await Promise.all(both())) as [
			Awaited<ReturnType<typeof connect>>,
			Awaited<ReturnType<typeof connect>>,
		];
		const ds = await one.createDataset("a", { shape: [4], dtype: "int32", chunkShape: [4], fillValue: -1 });
		const same = await other.getDataset("a");
		for (let round = 1; round <= 60; round++) {
			await Promise.all([ds.set("...", round), same.set([0], -round)]);
			const [first, ...rest] = (await ds.get()).data;
			expect(rest, "what the whole write wrote").toEqual([round, round, round]);
			expect([round, -round], "what either wrote").toContain(first);
		}
		await one.close();
		await other.close();
	});

	test("a write of fill value over the whole chunk, which deletes it, is not dropped either", async () => {
		const [one, other] = (await Promise.all(both())) as [
			Awaited<ReturnType<typeof connect>>,
			Awaited<ReturnType<typeof connect>>,
		];
		const ds = await one.createDataset("c", { shape: [4], dtype: "int32", chunkShape: [4] });
		const same = await other.getDataset("c");
		for (let round = 1; round <= 60; round++) {
			await ds.set("...", round);
			await Promise.all([ds.set("...", 0), same.set([0], -round)]);
			const [first, ...rest] = (await ds.get()).data;
			expect(rest, "what the whole write wrote").toEqual([0, 0, 0]);
			expect([0, -round], "what either wrote").toContain(first);
		}
		await one.close();
		await other.close();
	});

	test("a chunk of which only fill value is left does not take the write of another with it", async () => {
		const [one, other] = (await Promise.all(both())) as [
			Awaited<ReturnType<typeof connect>>,
			Awaited<ReturnType<typeof connect>>,
		];
		const ds = await one.createDataset("b", { shape: [2], dtype: "int32", chunkShape: [2] });
		const same = await other.getDataset("b");
		for (let round = 1; round <= 40; round++) {
			await ds.set([0], round);
			await same.set([1], 0);
			await Promise.all([ds.set([0], 0), same.set([1], round)]);
			expect([...(await ds.get()).data]).toEqual([0, round]);
		}
		await one.close();
		await other.close();
	});
});
