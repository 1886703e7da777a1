/** Documents that nobody should have written, through the public door: one error each, naming file and member. */
import type { Connection, ErrorCode } from "tesserae";
import { describe, expect, test } from "vitest";
import { type Content, expectRefused, storeOf } from "./refusal.js";

const LITTLE = { name: "bytes", configuration: { endian: "little" } };
const V3 = {
	zarr_format: 3,
	node_type: "array",
	shape: [6, 4],
	data_type: "int16",
	chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 4] } },
	chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
	fill_value: 0,
	codecs: [LITTLE],
	attributes: {},
};
const V2 = {
	...{ zarr_format: 2, shape: [6, 4], chunks: [2, 4], dtype: "<i2", fill_value: 0, order: "C" },
	...{ filters: null, compressor: null },
};

/** A document with one member changed; `text` stands for itself, so that it can be what no writer of JSON writes. */
const raw = (document: object, member: string, text: string): string =>
	JSON.stringify({ ...document, [member]: "@" }).replace('"@"', text);
const chunks = (sizes: readonly number[]): object => ({ name: "regular", configuration: { chunk_shape: sizes } });
const gzip = { name: "gzip", configuration: { level: 1 } };
const BIG = 2 ** 53 - 1;

function shardsWithin(depth: number): object {
	if (depth === 0) return LITTLE;
	const configuration = { chunk_shape: [2, 4], codecs: [shardsWithin(depth - 1)], index_codecs: [LITTLE] };
	return { name: "sharding_indexed", configuration };
}

type Case = readonly [what: string, member: string, value: unknown, code: ErrorCode];

const OF_V3: readonly Case[] = [
	["2^62 along an axis", "shape", "4611686018427387904", "UNSUPPORTED"],
	["a number of 5000 digits", "shape", "9".repeat(5000), "CORRUPT"],
	["infinity along an axis", "shape", [1, "1e999"], "CORRUPT"],
	["65 axes", "shape", new Array(65).fill(1), "UNSUPPORTED"],
	["chunks whose product no double holds", "chunk_grid", chunks([BIG, BIG]), "UNSUPPORTED"],
	["chunks of 8 GiB", "chunk_grid", chunks([2 ** 16, 2 ** 16]), "TOO_LARGE"],
	["an unknown grid that may be ignored", "chunk_grid", { name: "odd", must_understand: false }, "UNSUPPORTED"],
	["65 codecs", "codecs", [LITTLE, ...new Array(64).fill(gzip)], "UNSUPPORTED"],
	["shards nested five deep", "codecs", [shardsWithin(5)], "UNSUPPORTED"],
	["a codec that must be understood", "codecs", [LITTLE, { name: "of tomorrow" }], "UNSUPPORTED"],
	["a codec that says it need not be", "codecs", [LITTLE, { name: "x", must_understand: false }], "UNSUPPORTED"],
	["a setting of another type", "codecs", [LITTLE, { name: "gzip", configuration: { level: "1" } }], "CORRUPT"],
	["a missing setting", "codecs", [LITTLE, "gzip"], "CORRUPT"],
	["an extra setting", "codecs", [LITTLE, { name: "crc32c", configuration: { seed: 1 } }], "CORRUPT"],
	["two array → bytes codecs", "codecs", [LITTLE, LITTLE], "CORRUPT"],
	["only bytes → bytes codecs, many", "codecs", new Array(60).fill(gzip), "CORRUPT"],
	["a codec without byte order", "codecs", ["bytes"], "CORRUPT"],
	["axes that are no permutation", "codecs", [{ name: "transpose", configuration: { order: [1, 1] } }], "CORRUPT"],
	["a prototype as configuration", "codecs", '[{"name":"gzip","configuration":{"__proto__":{"level":1}}}]', "CORRUPT"],
	["bits that are no float", "fill_value", "0x7fc0", "CORRUPT"],
	["a fill value beyond the type", "fill_value", "9007199254740993", "CORRUPT"],
	["half a surrogate pair as a type", "data_type", '"\\ud800"', "UNSUPPORTED"],
	["NUL as a type", "data_type", "\0", "UNSUPPORTED"],
	["a type of 10,000 characters", "data_type", "x".repeat(10_000), "UNSUPPORTED"],
	["deep nesting", "attributes", `${'{"a":'.repeat(1e5)}1${"}".repeat(1e5)}`, "CORRUPT"],
	["a chunk key encoding of the future", "chunk_key_encoding", { name: "fanout" }, "UNSUPPORTED"],
	["a storage transformer", "storage_transformers", [{ name: "cut" }], "UNSUPPORTED"],
	["a prototype that must be understood", "__proto__", "{}", "UNSUPPORTED"],
	["a member of 10,000 characters", "x".repeat(10_000), 1, "UNSUPPORTED"],
];

const OF_V2: readonly Case[] = [
	["2^62 along an axis", "shape", "4611686018427387904", "UNSUPPORTED"],
	["chunks whose product no double holds", "chunks", [BIG, BIG], "UNSUPPORTED"],
	["chunks of 8 GiB", "chunks", [2 ** 16, 2 ** 16], "TOO_LARGE"],
	["another rank", "chunks", [2], "CORRUPT"],
	[
		"records of both byte orders",
		"dtype",
		[
			["x", "<i2"],
			["y", ">i2"],
		],
		"UNSUPPORTED",
	],
	["text of a megabyte", "dtype", "<U262144", "UNSUPPORTED"],
	["an unknown compressor", "compressor", { id: "zip" }, "UNSUPPORTED"],
	["a program as filter", "filters", [{ id: "pickle" }], "UNSUPPORTED"],
	["65 filters", "filters", new Array(65).fill({ id: "delta", dtype: "<i2" }), "UNSUPPORTED"],
	["a compressor of another type", "compressor", { id: "zlib", level: [1] }, "CORRUPT"],
	["filters out of order", "filters", [{ id: "zlib" }, { id: "delta", dtype: "<i2" }], "UNSUPPORTED"],
	["a filter that gives another type", "filters", [{ id: "delta", dtype: "<i2", astype: "<c8" }], "CORRUPT"],
	["an unknown order", "order", "K", "CORRUPT"],
	["a separator of two characters", "dimension_separator", "//", "CORRUPT"],
	["no fill value", "fill_value", "1.5", "CORRUPT"],
];

/** Texts that are numbers or lists are put in as they are, others as text. */
function documentOf(base: object, member: string, value: unknown): string {
	if (typeof value === "string" && /^[\d[{"]/.test(value) && !value.startsWith("0x"))
		return raw(base, member, member === "shape" ? `[${value}, 4]` : value);
	return JSON.stringify(Object.assign(Object.fromEntries(Object.entries(base)), { [member]: value })).replace(
		'"1e999"',
		"1e999",
	);
}

const excerptOf = (member: string): string => (member.length > 60 ? member.slice(0, 50) : `"${member}"`);

async function refusesToOpen(key: string, content: Content, code: ErrorCode, words: readonly string[]): Promise<void> {
	const con = await storeOf({ [key]: content, "ok/zarr.json": V3 });
	await expectRefused(() => con.getDataset("b"), code, key, ...words);
	expect((await (await con.getDataset("ok")).get()).shape).toEqual([6, 4]);
	await con.close();
}

test.each(OF_V3)("zarr.json with %s", async (_, member, value, code) => {
	// Of text that is not JSON nobody knows the member; the message says line and column.
	const words = code === "CORRUPT" && /^(?:9{5000}|\{"a":\{)/.test(String(value)) ? ["line 1"] : [excerptOf(member)];
	await refusesToOpen("b/zarr.json", documentOf(V3, member, value), code, words);
});

test.each(OF_V2)(".zarray with %s", async (_, member, value, code) => {
	await refusesToOpen("b/.zarray", documentOf(V2, member, value), code, [member]);
});

test.each(Object.keys(V3).filter((name) => name !== "attributes"))("zarr.json without %s", async (member) => {
	const { [member as keyof typeof V3]: _, ...rest } = V3;
	await refusesToOpen("b/zarr.json", rest, "CORRUPT", [`"${member}": missing`]);
});

test.each(Object.keys(V2))(".zarray without %s", async (member) => {
	const { [member as keyof typeof V2]: _, ...rest } = V2;
	await refusesToOpen("b/.zarray", rest, "CORRUPT", [`"${member}": `, "missing"]);
});

const BYTES: readonly (readonly [what: string, content: Content])[] = [
	["nothing", ""],
	["a list", []],
	["half a document", JSON.stringify(V3).slice(0, 99)],
	["no UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d)],
	["UTF-16", Uint8Array.from(Buffer.from(JSON.stringify(V3), "utf16le"))],
];

describe.each(["b/zarr.json", "b/.zarray", "b/.zattrs"])("%s", (key) => {
	test.each(BYTES)("of %s", async (_, content) => {
		const con = await storeOf({ ...(key === "b/.zattrs" && { "b/.zarray": V2 }), [key]: content });
		await expectRefused(() => con.getDataset("b"), "CORRUPT", key);
		await con.close();
	});
});

test("a group of v2 is refused by name", async () => {
	const con = await storeOf({ "g/.zgroup": { zarr_format: 1 }, "h/.zgroup": "[", "h/.zattrs": {} });
	await expectRefused(() => con.group("g"), "UNSUPPORTED", "g/.zgroup", '"zarr_format"');
	await expectRefused(() => con.group("h"), "CORRUPT", "h/.zgroup");
	await con.close();
});

describe("consolidated metadata", () => {
	const listed = async (con: Connection): Promise<string[]> => {
		const names: string[] = [];
		for await (const name of con.datasets({ consolidated: true })) names.push(name);
		return names;
	};
	const inline = (metadata: unknown): object => ({ kind: "inline", must_understand: false, metadata });
	test.each<[what: string, member: unknown, code: ErrorCode, word: string]>([
		["another kind", { kind: "linked", must_understand: false, metadata: {} }, "UNSUPPORTED", "linked"],
		["a list of nodes", inline([V3]), "CORRUPT", "metadata"],
		["a name that leaves the group", inline({ "../x": V3 }), "CORRUPT", "../x"],
		["a name with NUL", inline({ "a\0b": V3 }), "CORRUPT", "NUL"],
		["half a surrogate pair as a name", inline({ "\ud800": V3 }), "CORRUPT", "surrogate"],
		["a prototype's name", inline(JSON.parse('{"__proto__": {"zarr_format": 3}}')), "CORRUPT", "__proto__"],
		["a node of no type", inline({ a: { zarr_format: 3 } }), "CORRUPT", '"node_type"'],
		["text", "inline", "CORRUPT", "an object"],
	])("in zarr.json with %s", async (_, member, code, word) => {
		const con = await storeOf({ "zarr.json": { zarr_format: 3, node_type: "group", consolidated_metadata: member } });
		await expectRefused(() => listed(con), code, "zarr.json", '"consolidated_metadata"', word);
		await con.close();
	});

	test.each<[what: string, content: Content, code: ErrorCode, word: string]>([
		["another version", { zarr_consolidated_format: 2, metadata: {} }, "UNSUPPORTED", "version 2"],
		["no version", { metadata: {} }, "CORRUPT", "zarr_consolidated_format"],
		["no nodes", { zarr_consolidated_format: 1 }, "CORRUPT", "metadata"],
		["a node that is a list", { zarr_consolidated_format: 1, metadata: { "a/.zarray": [] } }, "CORRUPT", "a/.zarray"],
		["a name with dots", { zarr_consolidated_format: 1, metadata: { "a/../.zarray": V2 } }, "CORRUPT", ".."],
		["nothing at all", "", "CORRUPT", "end of the text"],
	])(".zmetadata with %s", async (_, content, code, word) => {
		const con = await storeOf({ ".zgroup": { zarr_format: 2 }, ".zmetadata": content });
		await expectRefused(() => listed(con), code, ".zmetadata", word);
		await con.close();
	});
});

test.each(["a\0b", "\ud800", "__proto__", "a//b", "..", "zarr.json"])("no node is called %j", async (name) => {
	const con = await storeOf({});
	await expectRefused(() => con.getDataset(name), "INVALID_ARGUMENT");
	await expectRefused(() => con.createDataset(name, { data: [1] }), "INVALID_ARGUMENT");
	await con.close();
});

test("of members that repeat the last counts, and what is only odd is kept", async () => {
	const attributes = '{"\\ud800":"\\u0000","__proto__":{"a":1},"constructor":1e400}';
	const text = raw(V3, "attributes", attributes).replace("{", '{"shape":[1],"shape":"x",');
	const con = await storeOf({ "b/zarr.json": text });
	const ds = await con.getDataset("b");
	expect(ds.shape).toEqual([6, 4]);
	await ds.setAttributes({ more: 1 });
	const again = (await con.getDataset("b")).attributes;
	expect(Object.keys(again).sort()).toEqual(["__proto__", "constructor", "more", "\ud800"]);
	expect(again["\ud800"]).toBe("\0");
	await con.close();
});
