/**
 * Arrays of format 2 that zarr-python wrote are read and changed by the library, bit for bit, and those of the library by zarr-python: every
 * type string, order, separator, compressor, filter and kind of fill value.
 */
import { type Connection, connect, type Dataset, type DType } from "tesserae";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type JsonObject, parseJson } from "../../dist/src/format/json.js";
import { anyBits, bitsOf, CORE_TYPES, present } from "../interop/bits.js";
import { CASES, type Case, itemSizeOf, nameOfType } from "./cases.js";
import { fromText, objectsOf, openPeer, type Peer, PYTHONS, putObjects, toText } from "./peer.js";

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
const pathOf = (test: Case): string => `${test.title.replaceAll(/[^a-z0-9]+/gi, "-")}-${CASES.indexOf(test)}`;
const ATTRIBUTES = { unit: "µm", list: [1, 2.5, null], deep: { large: 9007199254740993n, yes: true } };
const CHANGED = { unit: "µm", deep: ATTRIBUTES.deep, added: 1 };

/** An array as zarr-python sees it. */
interface View extends JsonObject {
	readonly dtype: string;
	readonly values: string;
}
type Views = { readonly [name: string]: View };

const requestOf = (test: Case): JsonObject => {
	const { title: _, values: __, fill, ...request } = test;
	return {
		...(request as unknown as JsonObject),
		name: pathOf(test),
		fill: fill === null ? null : toText(fill ?? new Uint8Array(itemSizeOf(test.dtype))),
		values: toText(valuesOf(test, countOf(test.shape))),
		attributes: ATTRIBUTES,
	};
};

const document = async (con: Connection, name: string): Promise<JsonObject> => {
	const bytes = (await con.backend.get(`${name}/.zarray`))?.parts[0];
	return parseJson(new TextDecoder().decode(bytes), name) as JsonObject;
};

/** What these compressed is read, and written by others. */
const isOnlyRead = ({ compressor }: Case): boolean => compressor?.id === "bz2" || compressor?.id === "lzma";
/** What we make; how byte strings and undefined fill values are asked for, `createDataset` does not say. */
const OURS = CASES.filter((test) => test.fill !== null && !test.dtype.startsWith("|S") && !isOnlyRead(test));

/** Everything that is fill value is written over by what it was. */
async function rewrite(con: Connection, test: Case, { values }: View): Promise<void> {
	const dataset = await con.getDataset(pathOf(test));
	const type = nameOfType(test.dtype);
	await dataset.clear();
	const fill = test.fill ?? new Uint8Array(itemSizeOf(test.dtype));
	expect(asBytes((await dataset.get()).data, type)).toEqual(repeated(fill, countOf(test.shape)));
	await dataset.set("...", asValues(fromText(values), type, test.shape) as never);
	await dataset.setAttributes({ list: undefined, added: 1 });
}

/** An array like that of another store. */
async function createLike(con: Connection, template: Dataset, test: Case, { values }: View): Promise<void> {
	const type = nameOfType(test.dtype) as DType;
	const dataset = await con.createDataset(pathOf(test), {
		format: 2,
		shape: test.shape,
		chunkShape: test.chunks,
		dtype: type,
		codecs: template.codecs,
		fillValue: template.fillValue as never,
		chunkKeyEncoding: { name: "v2", separator: test.separator },
		attributes: ATTRIBUTES,
	});
	await dataset.set("...", asValues(fromText(values), type, test.shape) as never);
}

describe.each(await Promise.all(PYTHONS.map(async (python) => ({ ...python, opened: await openPeer(python) }))))(
	"$title",
	({ opened }) => {
		const peer = opened as Peer;
		let theirs: Connection;
		let ours: Connection;
		let written: Views;
		const documents = new Map<Case, JsonObject>();
		beforeAll(async () => {
			[theirs, ours] = [await connect("ram:"), await connect("ram:")];
			const answer = await opened?.ask("write_all", { rows: CASES.map(requestOf) });
			await putObjects(theirs, answer?.objects ?? {});
			written = answer?.views as Views;
			for (const test of CASES) if (opened) documents.set(test, await document(theirs, pathOf(test)));
		}, 60_000);
		afterAll(async () => {
			await opened?.close();
			await theirs.close();
			await ours.close();
		});
		const viewOf = (test: Case): View => written[pathOf(test)] as View;
		const readAll = async (con: Connection): Promise<Views> => {
			const request = { names: CASES.map(pathOf), objects: await objectsOf(con) };
			return (await peer.ask("read_all", request)) as Views;
		};

		describe.skipIf(opened === undefined)("theirs", () => {
			it.each(CASES)("$title, is read", async (test) => {
				expect(viewOf(test)).not.toHaveProperty("error");
				const dataset = await theirs.getDataset(pathOf(test));
				const type = nameOfType(test.dtype);
				expect([dataset.format, dataset.dtype]).toEqual([2, type]);
				expect([dataset.shape, dataset.chunkShape, dataset.attributes]).toEqual([test.shape, test.chunks, ATTRIBUTES]);
				expect(asBytes((await dataset.get()).data, type)).toEqual(fromText(viewOf(test).values));
			});

			it("is changed, and read by them again", async () => {
				for (const test of CASES) {
					if (!isOnlyRead(test)) await rewrite(theirs, test, viewOf(test));
					else await expect(rewrite(theirs, test, viewOf(test))).rejects.toMatchObject({ code: "UNSUPPORTED" });
				}
				const views = await readAll(theirs);
				for (const test of CASES.filter((test) => !isOnlyRead(test))) {
					const expected = { ...viewOf(test), attributes: CHANGED };
					expect.soft(views[pathOf(test)], test.title).toEqual(expected);
					expect.soft(await document(theirs, pathOf(test)), test.title).toEqual(documents.get(test));
				}
			});
		});

		describe.skipIf(opened === undefined)("ours", () => {
			let views: Promise<Views> | undefined;
			const read = async (): Promise<Views> => {
				for (const test of OURS) await createLike(ours, await theirs.getDataset(pathOf(test)), test, viewOf(test));
				return readAll(ours);
			};
			it.each(OURS)("$title, is read", async (test) => {
				views ??= read();
				const view = (await views)[pathOf(test)] as View;
				const order = test.shape.length < 2 ? "C" : test.order;
				expect(view).toEqual({ ...viewOf(test), order, dtype: view.dtype });
				// Where a filter ends in another byte order than it began, ours keeps to one.
				if (test.filters === null) expect(view.dtype).toBe(viewOf(test).dtype);
			});
		});

		it.skipIf(opened === undefined)("sees what was cut off, appended and written between", async () => {
			const con = await connect("ram:");
			const dataset = await con.createDataset("changed", {
				format: 2,
				data: { data: Int16Array.from({ length: 20 }, (_, i) => i + 1), shape: [5, 4] },
				chunkShape: [2, 3],
				fillValue: -7,
			});
			await dataset.resize([3, 4]);
			await dataset.append([[90, 91, 92, 93]]);
			const change = { name: "changed", start: 1, stop: 2, values: toText(new Uint8Array(8)) };
			await putObjects(con, await peer.ask("edit", { ...change, objects: await objectsOf(con) }));
			await dataset.resize([5, 4]);
			const views = (await peer.ask("read_all", { names: ["changed"], objects: await objectsOf(con) })) as Views;
			const expected = [1, 2, 3, 4, 0, 0, 0, 0, 9, 10, 11, 12, 90, 91, 92, 93, -7, -7, -7, -7];
			expect(new Int16Array(fromText(views.changed?.values).buffer)).toEqual(Int16Array.from(expected));
			expect((await dataset.get()).data).toEqual(Int16Array.from(expected));
			await con.close();
		});
	},
);

function repeated(item: Uint8Array, count: number): Uint8Array {
	return Uint8Array.from({ length: count * item.length }, (_, i) => item[i % item.length] as number);
}
