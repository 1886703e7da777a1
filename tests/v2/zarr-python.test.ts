/**
 * Arrays of format 2 that zarr-python wrote are read and changed by the library, bit for bit, and those of the library by zarr-python: every
 * type string, order, separator, compressor, filter and kind of fill value.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect, type DType } from "tesserae";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codecFactory } from "../../dist/src/codecs/registry.js";
import { type JsonObject, parseJson } from "../../dist/src/format/json.js";
import { anyBits, bitsOf, CORE_TYPES, present } from "../interop/bits.js";
import { CASES, type Case, itemSizeOf, nameOfType } from "./cases.js";
import { fromText, openPeer, type Peer, toText } from "./peer.js";

const opened = await openPeer();
const peer = opened as Peer;
let root: string;
let con: Connection;
beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), "tesserae-v2-"));
	con = await connect(`file:${root}`, { durability: "none" });
});
afterAll(async () => {
	await opened?.close();
	await con.close();
	await rm(root, { recursive: true });
});

/** Values as bytes: little-endian words in row-major order. */
function valuesOf({ dtype, values, title }: Case, count: number): Uint8Array {
	const name = nameOfType(dtype);
	if (values === "counting") return countingBytes(name, count);
	if (name in CORE_TYPES) return anyBits(name, count, { seed: title });
	// Byte strings end where NULs begin.
	return anyBits("uint8", count * itemSizeOf(dtype), { seed: title }).map((byte) => byte || 1);
}

function countingBytes(name: string, count: number): Uint8Array {
	const numbers = Array.from({ length: count }, (_, i) =>
		name === "bool" ? (i % 3) % 2 : name.startsWith("float") ? i / 2 + 1 : i,
	);
	const Values = CORE_TYPES[name]?.Array as unknown as { from(values: readonly (number | bigint)[]): never };
	const isBig = name.endsWith("64") && name.includes("int");
	return bitsOf(Values.from(isBig ? numbers.map(BigInt) : numbers), name);
}

const asBytes = (data: unknown, name: string): Uint8Array =>
	name in CORE_TYPES ? bitsOf(data as never, name) : Uint8Array.from(data as Uint8Array);

const asValues = (bytes: Uint8Array, name: string, shape: readonly number[]) => {
	const parts = name.startsWith("complex") ? [2] : name.startsWith("r") ? [Number(name.slice(1)) / 8] : [];
	return { data: name in CORE_TYPES ? present(bytes, name) : bytes, shape: [...shape, ...parts] };
};

const countOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const pathOf = (test: Case, who: string): string =>
	`${who}/${test.title.replaceAll(/[^a-z0-9]+/gi, "-")}-${CASES.indexOf(test)}`;
const ATTRIBUTES = { unit: "µm", list: [1, 2.5, null], deep: { large: 9007199254740993n, yes: true } };

async function theirs(test: Case, name: string): Promise<JsonObject> {
	const { title: _, needs: __, values: ___, fill, ...request } = test;
	return peer.ask("write", {
		...(request as unknown as JsonObject),
		path: join(root, name),
		fill: fill === null ? null : toText(fill ?? new Uint8Array(itemSizeOf(test.dtype))),
		values: toText(valuesOf(test, countOf(test.shape))),
		attributes: ATTRIBUTES,
	});
}

const missing = ({ needs }: Case): string | undefined => needs.find((name) => !isRegistered(name));

function isRegistered(name: string): boolean {
	try {
		return codecFactory(name).name === name;
	} catch {
		return false;
	}
}

const document = async (name: string): Promise<JsonObject> =>
	parseJson(await readFile(join(root, name, ".zarray"), "utf8"), name) as JsonObject;

/** What these compressed is read, and written by others. */
const isOnlyRead = ({ compressor }: Case): boolean => compressor?.id === "bz2" || compressor?.id === "lzma";

describe.skipIf(opened === undefined)("zarr-python", () => {
	it.each(CASES)("theirs, $title, is read and changed", async (test) => {
		const name = pathOf(test, "theirs");
		const view = await theirs(test, name);
		const lacking = missing(test);
		if (lacking !== undefined) {
			await expect(con.getDataset(name)).rejects.toMatchObject({ code: "UNSUPPORTED" });
			await expect(con.getDataset(name)).rejects.toThrow(`"${lacking}"`);
			return;
		}
		const dataset = await con.getDataset(name);
		const type = nameOfType(test.dtype);
		expect([dataset.format, dataset.dtype]).toEqual([2, type]);
		expect([dataset.shape, dataset.chunkShape, dataset.attributes]).toEqual([test.shape, test.chunks, ATTRIBUTES]);
		expect(asBytes((await dataset.get()).data, type)).toEqual(fromText(view.values));
		if (isOnlyRead(test)) {
			const values = asValues(fromText(view.values), type, test.shape) as never;
			await expect(dataset.set("...", values)).rejects.toMatchObject({ code: "UNSUPPORTED" });
			return;
		}
		const before = await document(name);
		await dataset.clear();
		const fill = test.fill ?? new Uint8Array(itemSizeOf(test.dtype));
		expect(asBytes((await dataset.get()).data, type)).toEqual(repeated(fill, countOf(test.shape)));
		await dataset.set("...", asValues(fromText(view.values), type, test.shape) as never);
		await dataset.setAttributes({ list: undefined, added: 1 });
		const { list: _, ...attributes } = { ...ATTRIBUTES, added: 1 };
		const after = await peer.ask("read", { path: join(root, name) });
		expect({ ...after, attributes }).toEqual({ ...view, attributes });
		expect(after.attributes).toEqual(attributes);
		expect(await document(name)).toEqual(before);
	});

	it.each(CASES.filter((test) => test.fill !== null && !test.dtype.startsWith("|S") && !isOnlyRead(test)))(
		"ours, $title, is read and changed",
		async (test) => {
			if (missing(test) !== undefined) return;
			const type = nameOfType(test.dtype) as DType;
			const template = pathOf(test, "theirs-as-template");
			const view = await theirs(test, template);
			const name = pathOf(test, "ours");
			const { codecs, fillValue } = await con.getDataset(template);
			const dataset = await con.createDataset(name, {
				format: 2,
				shape: test.shape,
				chunkShape: test.chunks,
				dtype: type,
				codecs,
				fillValue: fillValue as never,
				chunkKeyEncoding: { name: "v2", separator: test.separator },
				attributes: ATTRIBUTES,
			});
			await dataset.set("...", asValues(fromText(view.values), type, test.shape) as never);
			const read = await peer.ask("read", { path: join(root, name) });
			const order = test.shape.length < 2 ? "C" : test.order;
			expect(read).toEqual({ ...view, order, dtype: read.dtype });
			// Where a filter ends in another byte order than it began, ours keeps to one.
			if (test.filters === null) expect(read.dtype).toBe(view.dtype);
		},
	);

	it("gives groups, and takes ours", async () => {
		const path = join(root, "groups");
		await peer.ask("group", { path, attributes: { a: 1 } });
		const group = await con.group("groups");
		expect([group.attributes, (await con.group("groups/inner")).attributes]).toEqual([{ a: 1 }, { a: 1 }]);
		await con.createDataset("groups/new/array", { format: 2, data: [1, 2, 3] });
		await group.setAttributes({ b: [2] });
		expect(await peer.ask("tree", { path })).toEqual({
			attributes: { a: 1, b: [2] },
			members: { inner: "group", new: "group" },
		});
		expect(await peer.ask("tree", { path: join(path, "new") })).toEqual({
			attributes: {},
			members: { array: "array" },
		});
	});

	it("sees what was cut off, appended and written between", async () => {
		const dataset = await con.createDataset("changed", {
			format: 2,
			data: { data: Int16Array.from({ length: 20 }, (_, i) => i + 1), shape: [5, 4] },
			chunkShape: [2, 3],
			fillValue: -7,
		});
		await dataset.resize([3, 4]);
		await dataset.append([[90, 91, 92, 93]]);
		await peer.ask("edit", { path: join(root, "changed"), start: 1, stop: 2, values: toText(new Uint8Array(8)) });
		await dataset.resize([5, 4]);
		const view = await peer.ask("read", { path: join(root, "changed") });
		const expected = [1, 2, 3, 4, 0, 0, 0, 0, 9, 10, 11, 12, 90, 91, 92, 93, -7, -7, -7, -7];
		expect(new Int16Array(fromText(view.values).buffer)).toEqual(Int16Array.from(expected));
		expect((await dataset.get()).data).toEqual(Int16Array.from(expected));
	});
});

function repeated(item: Uint8Array, count: number): Uint8Array {
	return Uint8Array.from({ length: count * item.length }, (_, i) => item[i % item.length] as number);
}
