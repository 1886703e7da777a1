/** The option `memory` bounds what is in flight over all calls of a connection; what can never fit is refused before anything is done. */
import { type Connection, connect, kernel } from "tesserae";
import { afterEach, describe, expect, test } from "vitest";

const KERNEL = kernel(new URL("./processes/map-kernel.mjs", import.meta.url), "plusOne");
const opened: Connection[] = [];

afterEach(async () => {
	for (const con of opened.splice(0)) await con.close();
});

async function open(...[target, options]: Parameters<typeof connect>): Promise<Connection> {
	const con = await connect(target, options);
	opened.push(con);
	return con;
}

const data = { data: Float32Array.from({ length: 64 ** 3 }, (_, i) => i), shape: [64, 64, 64] };

/** A store with a dataset in chunks of 128 KiB, opened with so much memory. */
async function cube(memory: string | undefined, engine: string): Promise<Connection> {
	const name = `ram:${Math.random()}`;
	await (await open(name)).createDataset("a", { data, chunkShape: [32, 32, 32] });
	return open(name, { memory, engine, workers: 2 });
}

describe.each(["sequential", "threads"])("on %s", (engine) => {
	test("what takes more than the budget is refused, with the numbers, before anything is read or written", async () => {
		const con = await cube("128KiB", engine);
		const ds = await con.getDataset("a");
		const before = con.meter.snapshot().byOperation;
		const calls = [() => ds.get(), () => ds.set(0, 1), () => ds.sum(), () => ds.apply(KERNEL)];
		for (const call of calls)
			await expect(call()).rejects.toMatchObject({
				code: "OUT_OF_BUDGET",
				message: expect.stringMatching(/takes \d+ bytes at once, more than the memory budget of 131072 bytes/),
			});
		const after = con.meter.snapshot().byOperation;
		expect(after.get.operations - before.get.operations).toBe(0);
		await expect(ds.map(KERNEL, "b", { halo: 1 })).rejects.toMatchObject({ code: "OUT_OF_BUDGET" });
		expect(await con.hasDataset("b")).toBe(false);
	});

	test("what fits goes on, by turns: several maps with halo, reads and writes at once", async () => {
		const con = await cube("1MiB", engine);
		const ds = await con.getDataset("a", { dtype: "float32" });
		const maps = [1, 2, 3].map((n) => ds.map(KERNEL, `out${n}`, { halo: n, boundary: "nearest" }));
		const [all] = await Promise.all([ds.get(), ds.sum(), ...maps]);
		expect(all.data).toEqual(data.data);
		for (const out of await Promise.all(maps)) expect(await out.at(63, 63, 63)).toBe(64 ** 3);
	});

	test("without the option, what is larger than the default is let through alone", async () => {
		const con = await cube(undefined, engine);
		expect((await (await con.getDataset("a")).get()).data).toEqual(data.data);
	});
});
