/**
 * What several ranks do together: `mpiexec -n 4 ./run_tests.sh` runs this file on each of them. Started by itself it is one rank alone.
 */
import { join } from "node:path";
import { type Connection, connect, type Dataset, kernel, slice } from "tesserae";
import { datasetConformance } from "tesserae/conformance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { isOfAll } from "./processes/calls-of-all.mjs";

const {
	TESSERAE_TEST_SHARED_PLACE: sharedPlace,
	TESSERAE_TEST_BACKEND: backend,
	TESSERAE_TEST_CONNECTION: connection,
	TESSERAE_TEST_CONNECTION_OPTIONS: options = "{}",
} = process.env;

const KERNELS = new URL("./processes/ranks-kernels.mjs", import.meta.url);
const N = 100;
const random = BigInt64Array.from({ length: N ** 3 }, (_, i) => BigInt(((i * 7919) % 20001) - 10000));
const volume = { data: random, shape: [N, N, N] };

let own: Scratch | undefined;
let stores = 0;
afterAll(() => own?.remove());

/** A target that nothing was written to, the same on every rank. */
async function fresh(name: string): Promise<string> {
	const number = ++stores;
	if (connection !== undefined) return `${connection.includes(":") ? connection : `${name}:${connection}`}/${number}`;
	if (sharedPlace === undefined) own ??= await scratch();
	return `${name}:${join(sharedPlace ?? (own?.path as string), `${name}-${number}`)}`;
}

/** A million values are compared so a hundred times as fast as by `toEqual`. */
function isSame(a: BigInt64Array, b: BigInt64Array): boolean {
	return a.length === b.length && a.every((value, i) => value === b[i]);
}

const targets = new WeakMap<Connection, string>();

async function open(target: string, name: string): Promise<Connection> {
	const durability = name === "file" || name === "sqlite" ? { durability: "none" } : {};
	const con = await connect(target, { engine: "ranks", ...durability, ...JSON.parse(options) });
	targets.set(con, target);
	return con;
}

// A rank that tried again by itself would be apart from the others.
for (const name of backend === undefined ? ["file", "sqlite"] : [backend])
	describe(`${name} × ranks`, { retry: 0 }, () => {
		let con: Connection;
		let ds: Dataset<"int64">;

		beforeAll(async () => {
			con = await open(await fresh(name), name);
		});
		afterAll(() => con.close());

		test("ranks have different numbers, and one is root", async () => {
			expect(await con.gather(con.rank)).toEqual(con.isRoot ? [...Array(con.size).keys()] : undefined);
			expect(con.isRoot).toBe(con.rank === 0);
		});

		test("what all load every rank reads", async () => {
			ds = await con.createDataset("data", { shape: [N, N, N], dtype: "int64", chunkShape: [32, 32, 32] });
			await ds.load(volume);
			expect(isSame((await ds.get()).data, random)).toBe(true);
		});

		test("each reads its slab, and writes it", async () => {
			const rows = Math.floor(N / con.size);
			const slab = slice(con.rank * rows, con.rank === con.size - 1 ? N : (con.rank + 1) * rows);
			const { data, shape } = await ds.get([slab]);
			const begin = con.rank * rows * N * N;
			expect(isSame(data, random.subarray(begin, begin + data.length))).toBe(true);
			await con.barrier();
			await ds.set([slab], { data: data.map((value) => value * 3n + 5n), shape });
			await con.barrier();
			if (con.isRoot)
				expect(
					isSame(
						(await ds.get()).data,
						random.map((value) => value * 3n + 5n),
					),
				).toBe(true);
		});

		test("all clear it", async () => {
			await ds.clear();
			expect([await ds.min(), await ds.max()]).toEqual([0n, 0n]);
		});

		test("all map it, and delete the result", async () => {
			await ds.load(volume);
			const mapped = await ds.map(kernel(KERNELS, "plus", { n: 1 }), "mapped");
			expect(
				isSame(
					(await mapped.get()).data,
					random.map((value) => value + 1n),
				),
			).toBe(true);
			await mapped.delete();
			expect(await con.hasDataset("mapped")).toBe(false);
		});

		test("all clone it, and load what was read", async () => {
			const clone = await ds.clone("clone");
			await clone.load(await ds.get("..."));
			expect(isSame((await clone.get()).data, random)).toBe(true);
			await con.deleteDataset("clone");
		});

		test("all apply to it", async () => {
			await ds.apply(kernel(KERNELS, "plus", { n: 1 }));
			expect(
				isSame(
					(await ds.get()).data,
					random.map((value) => value + 1n),
				),
			).toBe(true);
		});

		datasetConformance(
			(clause, body) => {
				if (isOfAll(clause)) test(clause, body);
			},
			async () => open(await fresh(name), name),
			{ reopen: (closed) => open(targets.get(closed) as string, name) },
		);
	});
