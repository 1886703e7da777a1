import { execFileSync } from "node:child_process";
import { type Connection, connect, type Dataset, type ErrorCode, isStoreError } from "tesserae";
import { afterEach, describe, expect, test } from "vitest";
import { scratch } from "../backends/scratch.js";

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A store with one dataset, int16 [6, 4] in chunks of [2, 4], of 0 … 23. */
async function opened(target = "ram:"): Promise<{ con: Connection; ds: Dataset }> {
	const con = await connect(target);
	cleanUps.push(() => con.close());
	const data = { data: Int16Array.from({ length: 24 }, (_, i) => i), shape: [6, 4] };
	const ds = await con.createDataset("a", { data, chunkShape: [2, 4], dimensionNames: ["y", "x"] });
	return { con, ds };
}

async function failureOf(call: () => Promise<unknown>): Promise<Error & { code?: ErrorCode }> {
	try {
		await call();
	} catch (error) {
		return error as Error;
	}
	throw new Error("the call succeeded");
}

type Call = (to: { con: Connection; ds: Dataset }) => Promise<unknown>;

/** What is asked, the code of the refusal, and words that its message must hold: what is wrong, or what to do. */
const REFUSED: readonly [what: string, call: Call, code: ErrorCode, words: readonly string[]][] = [
	["values of another shape", ({ ds }) => ds.set("...", [1, 2, 3]), "INVALID_ARGUMENT", ["[3]", "[6, 4]", "broadcast"]],
	["ragged values", ({ ds }) => ds.set([0], [[1], [2, 3]] as never), "INVALID_ARGUMENT", ["ragged"]],
	["values of another rank", ({ ds }) => ds.set([0, 0], [1, 2]), "INVALID_ARGUMENT", ["broadcast"]],
	["a value out of range", ({ ds }) => ds.set([0, 0], 40000), "INVALID_ARGUMENT", ["40000", "int16", "casting"]],
	["a fraction", ({ ds }) => ds.set([0], [0, 1.5, 2, 3]), "INVALID_ARGUMENT", ["1.5", "[1]"]],
	["a string as a value", ({ ds }) => ds.set([0], "12" as never), "INVALID_ARGUMENT", ['"12"']],
	["no value", ({ ds }) => ds.set([0], undefined as never), "INVALID_ARGUMENT", ["undefined"]],
	["a buffer", ({ ds }) => ds.set([0], new ArrayBuffer(8) as never), "INVALID_ARGUMENT", ["typed array"]],
	["an index out of range", ({ ds }) => ds.get([6]), "OUT_OF_BOUNDS", ["6", '"y"', "-6 to 5"]],
	["an index out of range in a list", ({ ds }) => ds.get([null, [0, -5]]), "OUT_OF_BOUNDS", ["-5", "position 1"]],
	["too many axes", ({ ds }) => ds.get([0, 0, 0]), "INVALID_ARGUMENT", ["3 entries", "2 axes"]],
	["a step of zero", ({ ds }) => ds.get("::0"), "INVALID_ARGUMENT", ["step", "column"]],
	["what is no selection", ({ ds }) => ds.get("first row"), "INVALID_ARGUMENT", ["column"]],
	["an axis without that name", ({ ds }) => ds.get({ z: 0 }), "INVALID_ARGUMENT", ['"z"', '"y"']],
	["too few indices", ({ ds }) => ds.at(1), "INVALID_ARGUMENT", ["2"]],
	["another type than asked for", ({ con }) => con.getDataset("a", { dtype: "int8" }), "INVALID_ARGUMENT", ["int16"]],
	["a dataset that is not there", ({ con }) => con.getDataset("b"), "NOT_FOUND", ['"b"']],
	["a name that is taken", ({ con }) => con.createDataset("a", { data: [1] }), "ALREADY_EXISTS", ["ifExists"]],
	["a bad name", ({ con }) => con.createDataset("a/../b", { data: [1] }), "INVALID_ARGUMENT", ['".."']],
	["no description", ({ con }) => con.createDataset("b", undefined as never), "INVALID_ARGUMENT", ["shape and dtype"]],
	[
		"an unknown option",
		({ con }) => con.createDataset("b", { chunks: [1] } as never),
		"INVALID_ARGUMENT",
		["chunkShape"],
	],
	[
		"an unknown type",
		({ con }) => con.createDataset("b", { shape: [1], dtype: "int7" as never }),
		"UNSUPPORTED",
		["int8"],
	],
	[
		"an unknown codec",
		({ con }) => con.createDataset("b", { data: [1], codecs: ["zip"] }),
		"UNSUPPORTED",
		['"zip"', "gzip"],
	],
	[
		"codec settings",
		({ con }) => createWith(con, { name: "gzip", configuration: { level: 99 } }),
		"INVALID_ARGUMENT",
		["level"],
	],
	[
		"a negative length",
		({ con }) => con.createDataset("b", { shape: [-1], dtype: "int8" }),
		"INVALID_ARGUMENT",
		["-1"],
	],
	[
		"a chunk of another rank",
		({ con }) => con.createDataset("b", { data: [1], chunkShape: [1, 1] }),
		"INVALID_ARGUMENT",
		["[1, 1]"],
	],
	[
		"a chunk of many GiB",
		({ con }) => con.createDataset("b", { ...HUGE, chunkShape: [2 ** 40] }),
		"TOO_LARGE",
		["MiB"],
	],
	[
		"a fill value that does not fit",
		({ con }) => con.createDataset("b", { ...HUGE, fillValue: 300 }),
		"INVALID_ARGUMENT",
		["300"],
	],
	[
		"too many axis names",
		({ con }) => con.createDataset("b", { ...HUGE, dimensionNames: ["a", "b"] }),
		"INVALID_ARGUMENT",
		["1"],
	],
	["attributes that are no JSON", ({ ds }) => ds.setAttributes({ a: new Map() }), "INVALID_ARGUMENT", ["a"]],
	["a chunk outside the grid", ({ ds }) => ds.getChunk([0, 99]), "OUT_OF_BOUNDS", ["[0, 99]", "[3, 1]"]],
	["another shape to resize to", ({ ds }) => ds.resize([6]), "INVALID_ARGUMENT", ["1 axes", "2"]],
	["everything of a huge dataset", ({ con }) => huge(con).then((ds) => ds.get()), "TOO_LARGE", ["4 GiB", "blocks"]],
	[
		"a set of everything of a huge dataset",
		({ con }) => huge(con).then((ds) => ds.set("...", 1)),
		"TOO_LARGE",
		["chunks"],
	],
	["an unknown backend", () => connect("tape:x"), "INVALID_ARGUMENT", ["tape", "ram"]],
	["no target", () => connect(""), "INVALID_ARGUMENT", ["empty"]],
	["an unknown option of connect", () => connect("ram:", { color: 1 }), "INVALID_ARGUMENT", ['"color"']],
	["an unknown engine", () => connect("ram:", { engine: "steam" }), "INVALID_ARGUMENT", ["steam", "sequential"]],
	["a store that is not there", () => connect("ram:", { mode: "r" }), "NOT_FOUND", ["mode"]],
];

const HUGE = { shape: [2 ** 50], dtype: "int8" } as const;

function createWith(con: Connection, codec: { name: string; configuration: object }): Promise<unknown> {
	return con.createDataset("b", { data: [1], codecs: [codec as never] });
}

function huge(con: Connection): Promise<Dataset<"int8">> {
	return con.createDataset("huge", { ...HUGE, chunkShape: [1024] });
}

test.each(REFUSED)("%s is refused with a message that helps", async (_, call, code, words) => {
	const place = await opened();
	const error = await failureOf(() => call(place));
	expect(isStoreError(error), String(error)).toBe(true);
	expect(error.code, error.message).toBe(code);
	for (const word of words) expect(error.message).toContain(word);
	expect([...(await place.ds.get()).data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
	expect(await place.con.hasDataset("b")).toBe(false);
});

const METADATA = {
	zarr_format: 3,
	node_type: "array",
	shape: [6, 4],
	data_type: "int16",
	chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 4] } },
	chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
	fill_value: 0,
	codecs: [{ name: "bytes", configuration: { endian: "little" } }],
	attributes: {},
};

function grid(chunk_shape: readonly number[]): object {
	return { chunk_grid: { name: "regular", configuration: { chunk_shape } } };
}

/** Metadata that somebody else put there, and how opening it must end. */
const HOSTILE: readonly [what: string, text: string, code: ErrorCode][] = [
	["nothing", "", "CORRUPT"],
	["half of it", JSON.stringify(METADATA).slice(0, 80), "CORRUPT"],
	["bytes that are no text", "\ufffd\ufffd", "CORRUPT"],
	["deep nesting", `${"[".repeat(1e5)}${"]".repeat(1e5)}`, "CORRUPT"],
	["deep nesting in attributes", formatted({ attributes: "DEEP" }).replace('"DEEP"', nested(1e5)), "CORRUPT"],
	["a negative length", formatted({ shape: [-1, 4] }), "CORRUPT"],
	["a length beyond 2^53", formatted({ shape: [1e300, 4] }), "UNSUPPORTED"],
	["chunks of nothing", formatted(grid([0, 4])), "CORRUPT"],
	["chunks of another rank", formatted(grid([2])), "CORRUPT"],
	["chunks of many GiB", formatted(grid([2 ** 20, 2 ** 15])), "TOO_LARGE"],
	["an unknown type", formatted({ data_type: "int7" }), "UNSUPPORTED"],
	["a type that is a prototype's member", formatted({ data_type: "__proto__" }), "UNSUPPORTED"],
	["an unknown codec", formatted({ codecs: [{ name: "zip" }] }), "UNSUPPORTED"],
	["a codec that is a prototype's member", formatted({ codecs: [{ name: "constructor" }] }), "UNSUPPORTED"],
	["no codecs", formatted({ codecs: [] }), "CORRUPT"],
	["a member that must be understood", formatted({ mystery: { must_understand: true } }), "UNSUPPORTED"],
	["a fill value of another type", formatted({ fill_value: "red" }), "CORRUPT"],
];

function formatted(changes: object): string {
	return JSON.stringify({ ...METADATA, ...changes });
}

function nested(depth: number): string {
	return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

async function overwrite(con: Connection, key: string, text: string): Promise<void> {
	await con.backend.put(key, new TextEncoder().encode(text));
}

describe("metadata that somebody else wrote", () => {
	test.each(HOSTILE)("%s is refused, and leaves the rest readable", async (_, text, code) => {
		const { con, ds } = await opened();
		await overwrite(con, "b/zarr.json", text);
		const error = await failureOf(() => con.getDataset("b"));
		expect(error.code, error.message).toBe(code);
		expect(error.message).toContain("b/zarr.json");
		expect(await ds.at(5, 3)).toBe(23);
	});

	test("2^60 chunks are opened, read in part and explained at once", async () => {
		const { con } = await opened();
		await overwrite(con, "b/zarr.json", formatted({ shape: [2 ** 30, 2 ** 30], ...grid([1, 1]) }));
		const before = performance.now();
		const ds = await con.getDataset("b");
		expect([...(await ds.get("5:7, -1")).data]).toEqual([0, 0]);
		expect(ds.explain().chunks).toBe(2 ** 60);
		for await (const chunk of ds.chunks()) {
			expect(chunk.coords).toEqual([0, 0]);
			break;
		}
		await ds.set("0:2, 0", 7);
		await ds.resize([2, 1]);
		expect([...(await ds.get()).data]).toEqual([7, 7]);
		expect(performance.now() - before).toBeLessThan(2000);
	});

	test("a member named __proto__ is only a member", async () => {
		const { con } = await opened();
		const text = formatted({ attributes: "X" }).replace('"X"', '{"__proto__":{"polluted":1},"constructor":2}');
		await overwrite(con, "b/zarr.json", text);
		const { attributes } = await con.getDataset("b");
		expect(Object.keys(attributes).sort()).toEqual(["__proto__", "constructor"]);
		expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
		expect((attributes as { polluted?: unknown }).polluted).toBeUndefined();
		await (await con.getDataset("b")).setAttributes({ more: true });
		expect(Object.keys((await con.getDataset("b")).attributes).sort()).toEqual(["__proto__", "constructor", "more"]);
	});
});

describe("a machine that refuses", () => {
	/** A file system of one mebibyte, where root may mount one. */
	async function small(skip: (why: string) => never): Promise<string> {
		const { path, remove } = await scratch();
		cleanUps.push(remove);
		try {
			execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path], { stdio: "pipe" });
		} catch {
			skip("this machine lets nobody mount a file system here");
		}
		cleanUps.push(() => execFileSync("umount", ["-l", path]));
		return path;
	}

	test("a full disk is NO_SPACE, and what was stored stays", async (context) => {
		const { con, ds } = await opened(`file:${await small(context.skip)}`);
		const large = {
			data: new Uint8Array(4 << 20),
			shape: [4 << 20],
			dtype: "uint8",
			codecs: ["bytes"],
			fillValue: 1,
		} as const;
		const error = await failureOf(() => con.createDataset("b", { ...large, chunkShape: [1 << 18] }));
		expect([error.code, isStoreError(error)], error.message).toEqual(["NO_SPACE", true]);
		expect(await con.hasDataset("b")).toBe(false);
		expect(await ds.at(5, 3)).toBe(23);
		await ds.set([0, 0], 9);
		expect(await ds.at(0, 0)).toBe(9);
	});

	test("a file system mounted read only is READ_ONLY to writes, and read as ever", async (context) => {
		const path = await small(context.skip);
		await (await opened(`file:${path}`)).con.close();
		execFileSync("mount", ["-o", "remount,ro", path]);
		const con = await connect(`file:${path}`);
		const ds = await con.getDataset("a");
		for (const call of [() => ds.set("...", 0), () => ds.set([0, 0], 0), () => con.createDataset("b", { data: [1] })])
			expect(await failureOf(call)).toMatchObject({ name: "StoreError", code: "READ_ONLY" });
		expect(await ds.at(5, 3)).toBe(23);
		await con.close();
	});
});
