/** An option that there is not is refused by every method, with the one that was probably meant, before anything happens. */
import { type Connection, connect, type Dataset, type NdArray } from "tesserae";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let con: Connection;
let ds: Dataset<"float32">;
beforeAll(async () => {
	con = await connect("ram:");
	ds = await con.createDataset("a", { data: Float32Array.of(1, 2, 3, 4), chunkShape: [2] });
});
afterAll(() => con.close());

const same = (block: NdArray<"float32">): NdArray<"float32"> => block;

describe("an unknown option", () => {
	it.each<[method: string, option: string, meant: string, call: (options: never) => Promise<unknown>]>([
		["createDataset", "chunks", "chunkShape", (o) => con.createDataset("b", Object.assign({ data: [1] }, o))],
		["createDataset", "chunkshape", "chunkShape", (o) => con.createDataset("b", Object.assign({ data: [1] }, o))],
		["get", "onmissing", "onMissing", (o) => ds.get("...", o)],
		["set", "cast", "casting", (o) => ds.set("...", 9, o)],
		["setPoints", "Casting", "casting", (o) => ds.setPoints([[0]], 9, o)],
		["append", "castin", "casting", (o) => ds.append([9], 0, o)],
		["load", "select", "selection", (o) => ds.load(9, o)],
		["map", "halos", "halo", (o) => ds.map(same, "b", o)],
		["apply", "boundry", "boundary", (o) => ds.apply(same, o)],
		["reduce", "intial", "initial", (o) => ds.reduce(same, () => 0, o)],
		["min", "axis", "axes", (o) => ds.min(o)],
		["std", "dof", "ddof", (o) => ds.std(o)],
		["histogram", "bin", "bins", (o) => ds.histogram(o)],
		["blocks", "shpe", "shape", (o) => ds.blocks(o).next()],
	])("of %s: %s (%s)", async (method, option, meant, call) => {
		const refused = call({ [option]: undefined } as never);
		await expect(refused).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(refused).rejects.toThrow(`unknown option "${option}" (is ${meant} meant?): ${method} takes `);
		expect((await ds.get()).data).toEqual(Float32Array.of(1, 2, 3, 4));
		expect(await con.hasDataset("b")).toBe(false);
	});

	it("of a chunk is one of get and set", async () => {
		const chunk = ds.chunk([0]);
		await expect(chunk.get("...", { shard: true } as never)).rejects.toThrow('unknown option "shard"');
		await expect(chunk.set("...", 1, { force: true } as never)).rejects.toThrow(
			'unknown option "force": set takes casting',
		);
	});

	it("that is like none is refused without a guess, and so is what is no object", async () => {
		await expect(ds.get("...", { verbose: true } as never)).rejects.toThrow('unknown option "verbose": get takes out');
		await expect(ds.get("...", null as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	it("is not found where all are known", async () => {
		const signal = new AbortController().signal;
		const onProgress = (): void => {};
		await ds.get("...", { out: await ds.get(), onMissing: "fill", shared: false, signal, onProgress });
		await ds.set("...", 1, { casting: "same_kind", signal, onProgress });
		await ds.map(same, "c", { halo: 0, boundary: "wrap", inputs: { ds }, dtype: "float32", signal, onProgress });
		await ds.apply(same, { halo: 0, boundary: "constant", boundaryValue: 0, signal, onProgress });
		expect(await ds.std({ ddof: 1, axes: 0, skipNaN: true, selection: "1:", signal, onProgress })).toBeDefined();
	});
});
