/** Many arrays at once, in memory: all the objects of one store, which the library and each peer fill and read (see `packs.py`). */
import { type Connection, connect, type Dataset, slice } from "tesserae";
import type { Json, JsonObject } from "../../dist/src/format/json.js";
import type { ArrayDocument } from "./documents.js";
import { countOf, type Row } from "./matrix.js";
import { type Box, type PeerName, type Peers, toText } from "./peers.js";
import type { TypeCase } from "./types.js";
import { readByZarrita, writeByZarrita } from "./zarrita.js";

export type Objects = Map<string, Uint8Array>;
/** An array as it was read, or why it was not. */
export type PackView = { readonly shape: readonly number[]; readonly values: Json } | { readonly error: string };

export interface WrittenRow {
	readonly name: string;
	readonly document: ArrayDocument;
	readonly region: Box;
	readonly values: Json;
}

export interface Written {
	readonly objects: Objects;
	/** What could not be made, and why. */
	readonly failures: { readonly [name: string]: string };
}

/** One who writes and reads packs. */
export interface Packer {
	write(rows: readonly Row[]): Promise<Written>;
	read(rows: readonly Row[], objects: Objects): Promise<{ readonly [name: string]: PackView }>;
}

export const valuesOf = (row: Row): Json =>
	row.type.values(countOf(row), { seed: row.name, tame: row.chain.tame === true });

const writtenRow = (row: Row): WrittenRow => ({
	name: row.name,
	document: row.document,
	region: row.box,
	values: valuesOf(row),
});

/** The values of the whole array: those of the box among the fill value. */
export function expectedOf(row: Row): PackView {
	const { shape } = row.document;
	const whole = shape.reduce((product, length) => product * length, 1);
	const fill = itemsOf(row.type, row.type.fillWire);
	const values = itemsOf(row.type, valuesOf(row));
	const items = Array.from({ length: whole }, (_, at) => {
		const index = shape.map((length, d) => Math.floor(at / shape.slice(d + 1).reduce((a, b) => a * b, 1)) % length);
		const inside = index.map((i, d) => i - (row.box[d]?.[0] ?? 0));
		const lengths = row.box.map(([start, stop]) => stop - start);
		if (!inside.every((i, d) => i >= 0 && i < (lengths[d] ?? 0))) return fill[0];
		return values[inside.reduce((place, i, d) => place * (lengths[d] ?? 0) + i, 0)];
	});
	return { shape, values: Array.isArray(row.type.fillWire) ? (items as string[]) : joined(items as Uint8Array[]) };
}

/** The elements one by one: bytes, or items of a list. */
function itemsOf(type: TypeCase, wire: Json): readonly (Uint8Array | Json)[] {
	if (Array.isArray(wire)) return wire;
	const bytes = new Uint8Array(Buffer.from(wire as string, "base64"));
	const size = Buffer.from(type.fillWire as string, "base64").length;
	return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

const joined = (items: readonly Uint8Array[]): string => toText(Uint8Array.from(items.flatMap((item) => [...item])));

const ours: Packer = {
	async write(rows) {
		const con = await connect("ram:");
		const failures: { [name: string]: string } = {};
		for (const row of rows)
			await writeRow(con, row).catch((error: Error) => {
				failures[row.name] = error.message;
			});
		const objects: Objects = new Map();
		for await (const { key } of con.backend.list(""))
			objects.set(key, ((await con.backend.get(key))?.parts[0] ?? new Uint8Array()).slice());
		await con.close();
		return { objects, failures };
	},
	async read(rows, objects) {
		const con = await connect("ram:");
		for (const [key, bytes] of objects) await con.backend.put(key, bytes);
		const views: { [name: string]: PackView } = {};
		for (const { name, type } of rows)
			views[name] = await readRow(con, name, type).catch((error: Error) => ({ error: error.message }));
		await con.close();
		return views;
	},
};

async function writeRow(con: Connection, row: Row): Promise<void> {
	const { document, type, box } = row;
	const dataset: Dataset = await con.createDataset(row.name, {
		shape: document.shape,
		dtype: type.name as never,
		chunkShape: document.chunk_grid.configuration.chunk_shape,
		fillValue: (type.fillValue ?? type.fill) as never,
		codecs: document.codecs,
		chunkKeyEncoding: { name: document.chunk_key_encoding.name, ...document.chunk_key_encoding.configuration },
	});
	const { data, components } = type.present(valuesOf(row));
	const shape = [...box.map(([start, stop]) => stop - start), ...components];
	const selection = box.map(([start, stop]) => slice(start, stop));
	await dataset.set(selection, { data, shape } as never);
}

async function readRow(con: Connection, name: string, type: TypeCase): Promise<PackView> {
	const dataset = await con.getDataset(name);
	const { data } = await dataset.get();
	return { shape: dataset.shape, values: type.wireOf(data) };
}

function byPython(peers: Peers, peer: PeerName): Packer {
	return {
		async write(rows) {
			const request = { peer, rows: rows.map(writtenRow) as unknown as Json };
			const { objects, failures } = (await peers.ask("write_pack", request)) as JsonObject;
			const entries = Object.entries(objects as { [key: string]: string });
			return {
				objects: new Map(entries.map(([key, text]) => [key, new Uint8Array(Buffer.from(text, "base64"))])),
				failures: failures as { [name: string]: string },
			};
		},
		async read(rows, objects) {
			const content = Object.fromEntries(Array.from(objects, ([key, bytes]) => [key, toText(bytes)]));
			const request = { peer, names: rows.map(({ name }) => name), objects: content };
			return (await peers.ask("read_pack", request)) as unknown as { [name: string]: PackView };
		},
	};
}

const zarrita: Packer = {
	write: (rows) => writeByZarrita(rows.map(writtenRow)),
	read: (rows, objects) =>
		readByZarrita(
			objects,
			rows.map(({ name }) => name),
		),
};

export type PackerName = PeerName | "zarrita";
export const packers = (peers: Peers) => ({
	ours,
	zarr: byPython(peers, "zarr"),
	tensorstore: byPython(peers, "tensorstore"),
	zarrita,
});
