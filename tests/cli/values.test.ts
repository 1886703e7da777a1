import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decode } from "fast-png";
import { connect, type Dataset, type DType } from "tesserae";
import { openNpy } from "tesserae/files";
import { describe, expect, it } from "vitest";
import { output, temporaryDirectory, tesserae } from "./command-line.js";

/** Datasets by name, each of given values. */
type Contents = {
	readonly [name: string]: { readonly dtype: DType; readonly data: unknown; readonly shape?: number[] };
};

async function store(contents: Contents): Promise<string> {
	const path = join(await temporaryDirectory(), "x.sqlite");
	await using con = await connect(path);
	for (const [name, { dtype, data, shape }] of Object.entries(contents)) {
		const values = shape === undefined ? data : { data, shape };
		await con.createDataset(name, { dtype, data: values as never });
	}
	return path;
}

async function valuesIn(path: string, name: string): Promise<unknown[]> {
	await using con = await connect(path, { mode: "r" });
	return Array.from((await ((await con.getDataset(name)) as Dataset).get()).data as ArrayLike<unknown>);
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const KINDS: Contents = {
	float32: {
		dtype: "float32",
		data: [
			[0, 0.1, -2.5],
			[Number.NaN, 100, 1 / 3],
		],
	},
	exponents: { dtype: "float64", data: [1e-5, 1, 1.25e10, Number.NEGATIVE_INFINITY, -0] },
	int64: {
		dtype: "int64",
		data: [
			[0n, -9007199254740993n],
			[7n, 18n],
		],
	},
	bool: { dtype: "bool", data: [true, false] },
	complex: { dtype: "complex64", data: Float32Array.of(1, 2, 3, -4.5), shape: [2, 2] },
	raw: { dtype: "r16", data: Uint8Array.of(0, 255, 16, 1), shape: [2, 2] },
	scalar: { dtype: "float64", data: 0.25 },
	whole: { dtype: "float32", data: 3 },
	times: { dtype: "numpy.datetime64[m]", data: ["2024-02-29T12:30", "NaT"] },
	spans: { dtype: "numpy.timedelta64[s]", data: [-5n, "NaT"] },
	small: { dtype: "float8_e4m3", data: [0.1, -15] },
	empty: { dtype: "int8", data: new Int8Array(0), shape: [2, 0] },
};

describe.concurrent("get prints", () => {
	it("values as NumPy does, whatever their type", async () => {
		const path = await store(KINDS);
		const printed = await Promise.all(Object.keys(KINDS).map((name) => output(["get", `${path}#${name}`])));
		expect(printed.map((text) => text.replace(/\n$/, ""))).toEqual([
			"[[  0.           0.1         -2.5       ]\n [         nan 100.           0.33333334]]",
			"[ 1.00e-05  1.00e+00  1.25e+10      -inf -0.00e+00]",
			"[[                0 -9007199254740993]\n [                7                18]]",
			"[ True False]",
			"[1.+2.j  3.-4.5j]",
			"[00ff 1001]",
			"0.25",
			"3",
			"[2024-02-29T12:30              NaT]",
			"[ -5 NaT]",
			"[  0.1 -15. ]",
			"[] (shape [2, 0])",
		]);
	});

	it("JSON that set reads as the same values", async () => {
		const path = await store(KINDS);
		const names = Object.keys(KINDS);
		const documents = await Promise.all(names.map((name) => output(["get", `${path}#${name}`, "--json"])));
		expect(documents.map((text) => text.replace(/\s/g, ""))).toEqual([
			'[[0,0.1,-2.5],["NaN",100,0.33333334]]',
			'[0.00001,1,12500000000,"-Infinity",-0.0]',
			"[[0,-9007199254740993],[7,18]]",
			"[true,false]",
			"[[1,2],[3,-4.5]]",
			"[[0,255],[16,1]]",
			"0.25",
			"3",
			'["2024-02-29T12:30","NaT"]',
			'[-5,"NaT"]',
			"[0.1,-15]",
			"[[],[]]",
		]);
		const before = await Promise.all(names.map((name) => valuesIn(path, name)));
		await using con = await connect(path);
		for (const name of names) await (await con.getDataset(name)).clear();
		await Promise.all(
			names.map((name, n) => output(["set", `${path}#${name}`, "-"], { input: documents[n] as string })),
		);
		expect(await Promise.all(names.map((name) => valuesIn(path, name)))).toEqual(before);
	});

	it("the corners of large arrays, reading no more than their chunks; all of it on demand", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		await using con = await connect(path);
		const ds = await con.createDataset("big", { shape: [1000, 1000], dtype: "uint16", chunkShape: [10, 10] });
		await ds.set("...", { data: Uint16Array.from(range(1000)), shape: [1000] });
		const { stdout, stderr } = await tesserae(["get", `${path}#big`, "--log-level", "info"]);
		const row = "[  0   1   2 … 997 998 999]";
		expect(stdout).toBe(`[${row}\n ${row}\n ${row}\n …\n ${row}\n ${row}\n ${row}]\n`);
		expect(Number(/(\d+) operations/.exec(stderr)?.[1])).toBeLessThan(10);
		expect(await output(["get", `${path}#big[0, ::-1]`, "--full"])).toMatch(/^\[999 998 997 [^…]* 2 {3}1 {3}0\]\n$/s);
		const json = JSON.parse(await output(["get", `${path}#big`, "--json"])) as number[][];
		expect([json.length, json[999]]).toEqual([1000, range(1000)]);
	});

	it("JSON in the shape of the selection, also where one row is more than the memory it may take", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		await using con = await connect(path);
		await con.createDataset("wide", { shape: [2, 3, 5000], dtype: "uint8", chunkShape: [1, 1, 500] });
		await con.getDataset("wide").then((ds) => ds.set("1, 2", 1));
		const printed = await output(["get", `${path}#wide[:, newaxis, ::2]`, "--json", "-O", "memory=4KiB"]);
		const nested = JSON.parse(printed) as number[][][][];
		const lengths = (value: unknown): number[] =>
			Array.isArray(value) ? [value.length, ...lengths(value.at(-1))] : [];
		expect(lengths(nested)).toEqual([2, 1, 2, 5000]);
		expect(nested.flat(3).reduce((sum, value) => sum + value)).toBe(5000);
	});
});

describe.concurrent("get --out", () => {
	it("writes a selection as the ending says", async () => {
		const directory = await temporaryDirectory();
		const path = join(directory, "x.sqlite");
		await using con = await connect(path);
		await con.createDataset("data", { dtype: "uint8", data: { data: Uint8Array.from(range(60)), shape: [3, 4, 5] } });
		await con.close();
		const out = (name: string): string => join(directory, name);
		await output(["get", `${path}#data[1]`, "--out", out("a.npy")]);
		expect((await openNpy(out("a.npy"))).shape).toEqual([4, 5]);
		const told = await output([
			"get",
			`${path}#data[0]`,
			"-o",
			out("a.png"),
			"--colormap",
			"viridis",
			"--range",
			"0,19",
			"--json",
		]);
		expect(JSON.parse(told)).toEqual({ out: out("a.png"), dataset: "data", dtype: "uint8", shape: [4, 5] });
		const { width, height, data } = decode(await readFile(out("a.png")));
		expect([width, height, ...data.subarray(0, 3)]).toEqual([5, 4, 0x44, 0x01, 0x54]);
		await output(["get", `${path}#data[:2, 0]`, "-o", out("a.csv"), "--header"]);
		expect(await readFile(out("a.csv"), "utf8")).toBe("0,1,2,3,4\n0,1,2,3,4\n20,21,22,23,24\n");
		expect((await readdir(directory)).sort()).toEqual(["a.csv", "a.npy", "a.png", "x.sqlite"]);
	});
});

describe.concurrent("set", () => {
	it("broadcasts scalars and lists over a selection", async () => {
		const path = await store({
			a: {
				dtype: "float32",
				data: [
					[0, 0, 0],
					[0, 0, 0],
				],
			},
		});
		await output(["set", `${path}#a[0]`, "-1.5"]);
		await output(["set", `${path}#a[1, :2]`, "[2, 3]"]);
		await output(["set", `${path}#a[:, 2]`, "[NaN, 0.5]"]);
		for (const [value, expected] of [
			["-12", -12],
			["nan", Number.NaN],
			["-inf", Number.NEGATIVE_INFINITY],
			[".5", 0.5],
		] as const) {
			await output(["set", `${path}#a[0, 0]`, "--", value]);
			expect((await valuesIn(path, "a"))[0]).toBe(expected);
		}
		expect((await valuesIn(path, "a")).slice(3, 5)).toEqual([2, 3]);
	});

	it("writes a file over a selection, through any axes", async () => {
		const directory = await temporaryDirectory();
		const path = join(directory, "x.sqlite");
		const npy = join(directory, "a.npy");
		await using con = await connect(path);
		await con.createDataset("from", {
			dtype: "int16",
			data: [
				[1, 2],
				[3, 4],
			],
		});
		await con.createDataset("to", { shape: [2, 3, 2], dtype: "int32" });
		await output(["get", `${path}#from`, "--out", npy]);
		await output(["set", `${path}#to[:, 1, ::-1]`, npy]);
		expect(await valuesIn(path, "to")).toEqual([0, 0, 2, 1, 0, 0, 0, 0, 4, 3, 0, 0]);
		await output(["set", `${path}#to[newaxis, :, 2]`, npy]);
		await output(["set", `${path}#to[..., :]`, "7", "--json"]);
	});

	it("of a file larger than its memory goes slab by slab, but is not broadcast", async () => {
		const directory = await temporaryDirectory();
		const path = join(directory, "x.zarr");
		const npy = join(directory, "a.npy");
		await using con = await connect(path);
		const shape = [2, 2 ** 23];
		const from = await con.createDataset("from", { shape, dtype: "uint8", fillValue: 3 });
		await from.set("1, -1", 9);
		await output(["get", `${path}#from`, "--out", npy]);
		const chunkShape = [1, 1, 2 ** 17];
		const to = await con.createDataset("to", { shape: [2, ...shape], dtype: "uint8", chunkShape });
		await output(["set", `${path}#to[1]`, npy, "-O", "memory=1MiB"]);
		expect([await to.at(1, 1, 2 ** 23 - 1), await to.at(1, 0, 0), await to.at(0, 0, 0)]).toEqual([9, 3, 0]);
		const { status, stderr } = await tesserae(["set", `${path}#to`, npy, "-O", "memory=1MiB"]);
		expect([status, stderr]).toEqual([1, expect.stringMatching(/TOO_LARGE: .*give more memory/)]);
	});

	it("refuses what does not fit, and changes nothing then", async () => {
		const path = await store({ a: { dtype: "uint8", data: [1, 2] }, c: { dtype: "bool", data: [true] } });
		const runs: [args: string[], status: number, message: string][] = [
			[[`${path}#a`, "300"], 1, "add --casting unsafe"],
			[[`${path}#a`, "[1, 2, 3]"], 1, "shape"],
			[[`${path}#a[5]`, "1"], 1, "OUT_OF_BOUNDS"],
			[[`${path}#a`, '"x"'], 1, "INVALID_ARGUMENT"],
			[[`${path}#a`, "none.npy"], 1, "there is no such file"],
			[[`${path}#a`, "data.txt"], 2, "a number, JSON, a file"],
			[[`${path}#a`, "[1, 2"], 2, "not valid JSON"],
			[[`${path}#b`, "1"], 1, 'it holds "a", "c"'],
			[[`${path}`, "1"], 1, `named as in ${path}#a`],
		];
		const ends = await Promise.all(runs.map(([args]) => tesserae(["set", ...args])));
		for (const [n, { status, stderr }] of ends.entries()) {
			expect([status, stderr]).toEqual([runs[n]?.[1], expect.stringContaining(runs[n]?.[2] as string)]);
			expect(stderr).toMatch(/^tesserae: [A-Z_]+: .*\n$/);
		}
		expect(await valuesIn(path, "a")).toEqual([1, 2]);
		await output(["set", `${path}#a`, "300", "--casting", "unsafe"]);
		expect(await valuesIn(path, "a")).toEqual([44, 44]);
	});
});
