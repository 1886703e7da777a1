/** A map that was interrupted goes on where it was. */
import { type Backend, type Connection, connect, type Dataset, type KernelFunction } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Crash, Crashing } from "./crashing.js";

let con: Connection;
let name: string;
let stores = 0;
const others: Connection[] = [];

beforeEach(async () => {
	name = `map-${++stores}`;
	con = await connect(`ram:${name}`);
	const data = Int32Array.from({ length: 40 }, (_, i) => i);
	await con.createDataset("a", { data, chunkShape: [4] });
	await con.createDataset("b", { data, chunkShape: [8] });
});

afterEach(async () => {
	for (const other of others.splice(0)) await other.close();
	await con.close();
});

let calls = 0;

const negative: KernelFunction<"int32"> = (block) => {
	calls++;
	return { data: Int32Array.from(block.data as Int32Array, (value) => -value), shape: block.shape };
};

async function through(crash: Crash | undefined): Promise<{ ds: Dataset; store: Crashing }> {
	let store: Crashing | undefined;
	const wrapped = (inner: Backend): Backend => (store = new Crashing(inner, crash));
	const other = await connect(wrapped(ram({ name })), { concurrency: 2 });
	others.push(other);
	return { ds: await other.getDataset("a"), store: store as unknown as Crashing };
}

async function objectsUnder(prefix: string): Promise<Map<string, string>> {
	const objects = new Map<string, string>();
	for await (const { key } of con.backend.list(prefix))
		objects.set(key.slice(prefix.length), Buffer.from((await con.backend.get(key))?.parts[0] ?? []).toString("latin1"));
	return new Map([...objects].sort());
}

const LAYOUTS = [{}, { dtype: "float64", chunkShape: [3] }, { halo: 0, attributes: { unit: "m" } }] as const;

describe.each(LAYOUTS)("map with %j", (options) => {
	test.each([true, undefined])("wherever it dies, begun with resume: %s", async (resume) => {
		const ds = await con.getDataset("a");
		await ds.map(negative, "whole", options);
		const whole = await objectsUnder("whole/");
		const { writes } = await through(undefined).then(async ({ ds, store }) => {
			await ds.map(negative, "counted", options);
			return store;
		});
		for (let at = 0; at < writes; at++)
			for (const carriedOut of [false, true]) {
				const out = `out-${at}-${carriedOut}`;
				const { ds: dying } = await through({ at, carriedOut });
				await expect(dying.map(negative, out, { ...options, resume })).rejects.toMatchObject({ code: "UNAVAILABLE" });
				const stored = await objectsUnder(`${out}/c/`);
				const isThere = await con.hasDataset(out);
				const isMarked = isThere && "tesserae_unfinished" in (await con.getDataset(out)).attributes;
				calls = 0;
				const again = ds.map(negative, out, { ...options, resume: true });
				if (isThere && !isMarked) await expect(again).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
				else {
					expect((await again).attributes).toEqual((await con.getDataset("whole")).attributes);
					expect(calls).toBe((await again).totalChunks - stored.size);
				}
				expect(await objectsUnder(`${out}/`)).toEqual(whole);
			}
	});
});

test("what is not finished says so, and is gone on with by the same map only", async () => {
	const ds = await con.getDataset("a");
	const { ds: dying } = await through({ at: 6, carriedOut: true });
	await expect(dying.map(negative, "out", { chunkShape: [4] })).rejects.toThrow("died");
	const out = await con.getDataset("out");
	expect(out.attributes.tesserae_unfinished).toMatchObject({ source: `ram:${name}#a` });
	const { findings } = await out.verify();
	expect(findings).toMatchObject([{ kind: "unfinished", message: expect.stringContaining(`ram:${name}#a`) }]);
	const b = await con.getDataset("b");
	const refused: readonly [RegExp, "ALREADY_EXISTS" | "INVALID_ARGUMENT", Dataset, object?][] = [
		[/is being filled from .*#a/, "INVALID_ARGUMENT", b],
		[/halo of \[0\], not \[2\]/, "INVALID_ARGUMENT", ds, { halo: 2 }],
		[/inputs none, not x=ram.*#b/, "INVALID_ARGUMENT", ds, { inputs: { x: b } }],
		[/as int32, not float32/, "ALREADY_EXISTS", ds, { dtype: "float32" }],
		[/chunks of \[4\], not \[8\]/, "ALREADY_EXISTS", ds, { chunkShape: [8] }],
		[/other attributes/, "ALREADY_EXISTS", ds, { attributes: { a: 1 } }],
		[/resume keeps/, "INVALID_ARGUMENT", ds, { ifExists: "replace" }],
	];
	for (const [message, code, source, options] of refused)
		await expect(source.map(negative as never, "out", { resume: true, ...options })).rejects.toMatchObject({
			code,
			message: expect.stringMatching(message),
		});
	await expect(ds.map((block) => block, "out", { resume: true })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	await expect(ds.map(negative, "out")).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
	await ds.map(negative, "out", { chunkShape: [4], resume: true });
	expect((await con.getDataset("out")).attributes).toEqual({});
	await expect(ds.map(negative, "out", { chunkShape: [4], resume: true })).rejects.toMatchObject({
		code: "ALREADY_EXISTS",
		message: expect.stringMatching(/nothing to resume/),
	});
});

test("after a failure what is there stays where resume asks for it, else nothing does", async () => {
	const ds = await con.getDataset("a");
	const state = { fails: true };
	const failing: KernelFunction<"int32"> = (block, _, { coords }) => {
		if (state.fails && coords[0] === 5) throw new Error("too hot");
		return block;
	};
	await expect(ds.map(failing, "out")).rejects.toMatchObject({ code: "KERNEL_FAILED" });
	expect(await con.hasDataset("out")).toBe(false);
	await expect(ds.map(failing, "out", { resume: true })).rejects.toMatchObject({ code: "KERNEL_FAILED" });
	expect((await con.getDataset("out")).attributes).toHaveProperty("tesserae_unfinished");
	const controller = new AbortController();
	controller.abort();
	await expect(ds.map(failing, "out", { resume: true, signal: controller.signal })).rejects.toMatchObject({
		code: "ABORTED",
	});
	state.fails = false;
	const out = await ds.map(failing, "out", { resume: true });
	expect([...(await out.get()).data]).toEqual([...(await ds.get()).data]);
});
