/**
 * Arrays of format 2 that zarr-python wrote are read and changed by the library, bit for bit, and those of the library by zarr-python: every
 * type string, order, separator, compressor, filter and kind of fill value.
 */
import { type Connection, connect, type Dataset, type DType } from "tesserae";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Json, type JsonObject, parseJson } from "../../dist/src/format/json.js";
import { anyBits, bitsOf, CORE_TYPES } from "../interop/bits.js";
import { CASES, type Case, itemSizeOf, REFUSED, typeOf } from "./cases.js";
import { fromText, objectsOf, openPeer, type Peer, PYTHONS, putObjects, toText } from "./peer.js";

/** Values as they travel. */
function valuesOf(test: Case): Json {
	const { dtype, values, title, shape } = test;
	const { name } = typeOf(test);
	if (typeof values === "object") return values.wire;
	if (values === "counting") return toText(countingBytes(name, countOf(shape)));
	if (name in CORE_TYPES) return toText(anyBits(name, countOf(shape), { seed: title }));
	// Byte strings end where NULs begin.
	return toText(anyBits("uint8", countOf(shape) * itemSizeOf(dtype), { seed: title }).map((byte) => byte || 1));
}

function countingBytes(name: string, count: number): Uint8Array {
	const numbers = Array.from({ length: count }, (_, i) =>
		name === "bool" ? (i % 3) % 2 : name.startsWith("float") ? i / 2 + 1 : i,
	);
	const Values = CORE_TYPES[name]?.Array as unknown as { from(values: readonly (number | bigint)[]): never };
	const isBig = name.endsWith("64") && name.includes("int");
	return bitsOf(Values.from(isBig ? numbers.map(BigInt) : numbers), name);
}

/** One fill value as it travels; null where it is undefined. */
function fillOf({ fill, fillWire, dtype }: Case): Json {
	if (fillWire !== undefined) return fillWire;
	return fill === null ? null : toText(fill ?? new Uint8Array(itemSizeOf(dtype)));
}

/** What of an array, as it travels, the library takes. */
function inputOf(test: Case, wire: Json): never {
	const { data, components } = typeOf(test).present(wire);
	return { data, shape: [...test.shape, ...components] } as never;
}

/** An array of nothing but the fill value, as it travels. */
function cleared(test: Case): Json {
	const count = countOf(test.shape);
	const fill = fillOf(test);
	if (Array.isArray(valuesOf(test)))
		return new Array<Json>(count).fill(fill ?? (typeOf(test).name === "json" ? null : ""));
	const item = fill === null ? new Uint8Array(itemSizeOf(test.dtype)) : fromText(fill);
	return toText(repeated(item, count));
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const ALL = [...CASES, ...REFUSED];
const pathOf = (test: Case): string => `${test.title.replaceAll(/[^a-z0-9]+/gi, "-")}-${ALL.indexOf(test)}`;
const ATTRIBUTES = { unit: "µm", list: [1, 2.5, null], deep: { large: 9007199254740993n, yes: true } };
const CHANGED = { unit: "µm", deep: ATTRIBUTES.deep, added: 1 };

/** An array as zarr-python sees it. */
interface View extends JsonObject {
	readonly dtype: string;
	readonly values: Json;
}
type Views = { readonly [name: string]: View };

const requestOf = (test: Case): JsonObject => {
	const { title: _, values: __, fill: ___, fillWire: ____, type: _____, onlyZarr2: ______, ...request } = test;
	return {
		...(request as unknown as JsonObject),
		name: pathOf(test),
		fill: fillOf(test),
		values: valuesOf(test),
		attributes: ATTRIBUTES,
	};
};

const document = async (con: Connection, name: string): Promise<JsonObject> => {
	const bytes = (await con.backend.get(`${name}/.zarray`))?.parts[0];
	return parseJson(new TextDecoder().decode(bytes), name) as JsonObject;
};

/** What these compressed is read, and written by others. */
const isOnlyRead = ({ compressor }: Case): boolean => compressor?.id === "bz2" || compressor?.id === "lzma";
/** What we make; how byte strings are asked for, `createDataset` does not say. */
const isOurs = (test: Case): boolean => !String(test.dtype).startsWith("|S") && !isOnlyRead(test);

/** Everything that is fill value is written over by what it was. */
async function rewrite(con: Connection, test: Case, { values }: View): Promise<void> {
	const dataset = await con.getDataset(pathOf(test));
	await dataset.clear();
	expect(typeOf(test).wireOf((await dataset.get()).data)).toEqual(cleared(test));
	await dataset.set("...", inputOf(test, values));
	await dataset.setAttributes({ list: undefined, added: 1 });
}

/** An array like that of another store. */
async function createLike(con: Connection, template: Dataset, test: Case, { values }: View): Promise<void> {
	const dataset = await con.createDataset(pathOf(test), {
		format: 2,
		shape: test.shape,
		chunkShape: test.chunks,
		dtype: typeOf(test).name as DType,
		codecs: template.codecs,
		fillValue: test.fill === null ? null : (template.fillValue as never),
		chunkKeyEncoding: { name: "v2", separator: test.separator },
		attributes: ATTRIBUTES,
	});
	await dataset.set("...", inputOf(test, values));
}

describe.each(await Promise.all(PYTHONS.map(async (python) => ({ ...python, opened: await openPeer(python) }))))(
	"$title",
	({ opened, version }) => {
		const peer = opened as Peer;
		const cases = CASES.filter(({ onlyZarr2 }) => version === 2 || !onlyZarr2);
		let theirs: Connection;
		let ours: Connection;
		let written: Views;
		const documents = new Map<Case, JsonObject>();
		beforeAll(async () => {
			[theirs, ours] = [await connect("ram:"), await connect("ram:")];
			const answer = await opened?.ask("write_all", { rows: cases.map(requestOf) });
			await putObjects(theirs, answer?.objects ?? {});
			written = answer?.views as Views;
			for (const test of cases) if (opened) documents.set(test, await document(theirs, pathOf(test)));
		}, 60_000);
		afterAll(async () => {
			await opened?.close();
			await theirs.close();
			await ours.close();
		});
		const viewOf = (test: Case): View => written[pathOf(test)] as View;
		const readAll = async (con: Connection): Promise<Views> => {
			const request = { names: cases.map(pathOf), objects: await objectsOf(con) };
			return (await peer.ask("read_all", request)) as Views;
		};

		describe.skipIf(opened === undefined)("theirs", () => {
			it.each(cases)("$title, is read", async (test) => {
				expect(viewOf(test)).not.toHaveProperty("error");
				const dataset = await theirs.getDataset(pathOf(test));
				const type = typeOf(test);
				expect([dataset.format, dataset.dtype]).toEqual([2, type.name]);
				expect([dataset.shape, dataset.chunkShape, dataset.attributes]).toEqual([test.shape, test.chunks, ATTRIBUTES]);
				expect(type.wireOf((await dataset.get()).data)).toEqual(viewOf(test).values);
			});

			it("is changed, and read by them again", async () => {
				for (const test of cases) {
					if (!isOnlyRead(test)) await rewrite(theirs, test, viewOf(test));
					else await expect(rewrite(theirs, test, viewOf(test))).rejects.toMatchObject({ code: "UNSUPPORTED" });
				}
				const views = await readAll(theirs);
				for (const test of cases.filter((test) => !isOnlyRead(test))) {
					const expected = { ...viewOf(test), attributes: CHANGED };
					expect.soft(views[pathOf(test)], test.title).toEqual(expected);
					expect.soft(await document(theirs, pathOf(test)), test.title).toEqual(documents.get(test));
				}
			});
		});

		describe.skipIf(opened === undefined)("ours", () => {
			let views: Promise<Views> | undefined;
			const read = async (): Promise<Views> => {
				for (const test of cases.filter(isOurs))
					await createLike(ours, await theirs.getDataset(pathOf(test)), test, viewOf(test));
				return readAll(ours);
			};
			it.each(cases.filter(isOurs))("$title, is read", async (test) => {
				views ??= read();
				const view = (await views)[pathOf(test)] as View;
				const order = test.shape.length < 2 ? "C" : test.order;
				expect(view).toEqual({ ...viewOf(test), order, dtype: view.dtype });
				// Where a filter ends in another byte order than it began, ours keeps to one.
				if (test.filters === null) expect(view.dtype).toEqual(viewOf(test).dtype);
			});
		});

		it.runIf(opened !== undefined && version === 2)("reads objects that are refused by name here", async () => {
			const con = await connect("ram:");
			const { objects, views } = await peer.ask("write_all", { rows: REFUSED.map(requestOf) });
			await putObjects(con, objects);
			for (const test of REFUSED) {
				const name = pathOf(test);
				expect((views as Views)[name]?.values).toEqual(valuesOf(test));
				const message = expect.stringContaining(`"${test.object_codec?.id}"`);
				const refusal = { code: "UNSUPPORTED", key: `${name}/.zarray`, message };
				await expect(con.getDataset(name)).rejects.toMatchObject(refusal);
			}
			await con.close();
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
