/** A store on disk that the library and its peers share, and what an array in it is expected to be. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { NumericName } from "tesserae";
import { type Connection, type CreateOptions, connect, type Dataset, slice } from "tesserae";
import { formatJson, type Json, type JsonObject, parseJson } from "../../dist/src/format/json.js";
import { anyBits, bitsOf, bitsOfFill, layoutOf, present, typeName, type Values } from "./bits.js";
import type { Case } from "./cases.js";
import type { ArrayDocument } from "./documents.js";
import type { ArrayView, Box } from "./peers.js";

export interface Store {
	readonly connection: Connection;
	/** The directory of a node. */
	path(name: string): string;
	/** The content of a node's `zarr.json`. */
	document(name: string): Promise<JsonObject>;
	/** Puts a `zarr.json` in place, as somebody else would. */
	place(name: string, document: JsonObject | ArrayDocument): Promise<void>;
	/** The keys of an array's chunks, sorted. */
	chunkKeys(name: string): Promise<string[]>;
	remove(): Promise<void>;
}

export async function openStore(): Promise<Store> {
	const root = await mkdtemp(join(tmpdir(), "tesserae-interop-"));
	const connection = await connect(`file:${root}`, { durability: "none" });
	const metadata = (name: string): string => join(root, name, "zarr.json");
	return {
		connection,
		path: (name) => join(root, name),
		document: async (name) => parseJson(await readFile(metadata(name), "utf8"), name) as JsonObject,
		place: async (name, document) => {
			await mkdir(dirname(metadata(name)), { recursive: true });
			await writeFile(metadata(name), formatJson(document as JsonObject));
		},
		chunkKeys: async (name) => {
			const entries = await readdir(join(root, name), { recursive: true, withFileTypes: true });
			const files = entries.filter(
				(entry) => entry.isFile() && entry.name !== "zarr.json" && entry.name !== ".tesserae.lock",
			);
			return files.map((file) => join(file.parentPath, file.name).slice(join(root, name).length + 1)).sort();
		},
		remove: async () => {
			await connection.close();
			await rm(root, { recursive: true });
		},
	};
}

/** Makes the array of a case with the library, by a user's means; what those cannot say is put in place and rewritten. */
export async function createOurs(store: Store, name: string, { document, byHand }: Case): Promise<Dataset> {
	if (!byHand) return store.connection.createDataset(name, optionsOf(document));
	await store.place(name, { ...document, attributes: {} });
	const dataset = await store.connection.getDataset(name);
	await dataset.setAttributes(document.attributes);
	return dataset;
}

function optionsOf(document: ArrayDocument): CreateOptions {
	return {
		shape: document.shape,
		dtype: typeName(document.data_type) as NumericName,
		chunkShape: document.chunk_grid.configuration.chunk_shape,
		fillValue: fillOfUser(document.fill_value) as NonNullable<CreateOptions["fillValue"]>,
		codecs: document.codecs,
		attributes: document.attributes,
		dimensionNames: document.dimension_names,
		chunkKeyEncoding: { name: document.chunk_key_encoding.name, ...document.chunk_key_encoding.configuration },
	};
}

/** As a user writes it: NaN, not "NaN". */
function fillOfUser(fill: Json): unknown {
	if (Array.isArray(fill)) return fill.map(fillOfUser);
	return typeof fill === "string" ? Number(fill) : fill;
}

export async function setBits(dataset: Dataset, box: Box, bits: Uint8Array): Promise<void> {
	const components = layoutOf(dataset.dtype).parts === 2 ? [2] : [];
	const values = { data: present(bits, dataset.dtype), shape: [...lengthsOf(box), ...components] };
	await dataset.set(
		box.map(([start, stop]) => slice(start, stop)),
		values,
	);
}

/** A fill value as metadata would state it. */
function jsonOf(fill: unknown): Json {
	if (Array.isArray(fill)) return fill.map(jsonOf);
	return typeof fill === "number" && !Number.isFinite(fill) ? String(fill) : (fill as Json);
}

/** An array as the library sees it; `fillValue` is made of numbers, which know one NaN only. */
export async function viewOf(dataset: Dataset): Promise<ArrayView> {
	const { shape, dtype, fillValue, attributes, dimensionNames } = dataset;
	const { data } = await dataset.get();
	return {
		shape,
		dtype,
		chunkShape: dataset.shardShape ?? dataset.chunkShape,
		fill: bitsOfFill(jsonOf(fillValue), dtype),
		attributes: attributes as JsonObject,
		dimensionNames: (dimensionNames ?? null) as Json,
		values: bitsOf(data, dtype),
	};
}

/** What everybody must see of an array of which `box` holds `bits`. */
export function expectedView(document: ArrayDocument, box: Box, bits: Uint8Array): ArrayView {
	const { shape, data_type: dtype } = document;
	const fill = bitsOfFill(document.fill_value, dtype);
	const blank = Uint8Array.from({ length: sizeOf(shape) * fill.length }, (_, i) => fill[i % fill.length] ?? 0);
	return {
		shape,
		dtype,
		chunkShape: document.chunk_grid.configuration.chunk_shape,
		fill,
		attributes: document.attributes,
		dimensionNames: (document.dimension_names ?? null) as Json,
		values: replaced({ shape, values: blank }, box, bits),
	};
}

/** As {@link viewOf} shows it: without the payload of a NaN. */
export function asNumbers(view: ArrayView): ArrayView {
	const parts = Array.from(present(view.fill, view.dtype) as Float64Array, jsonOf);
	return { ...view, fill: bitsOfFill(parts.length === 2 ? parts : parts[0], view.dtype) };
}

/** The values with those in `box` replaced. */
export function replaced(
	{ shape, values }: { readonly shape: readonly number[]; readonly values: Uint8Array },
	box: Box,
	bits: Uint8Array,
): Uint8Array {
	const changed = values.slice();
	const itemSize = values.length / sizeOf(shape);
	let at = 0;
	for (const index of indices(box)) {
		const place = index.reduce((sum, i, d) => sum * (shape[d] ?? 0) + i, 0);
		changed.set(bits.subarray(at, at + itemSize), place * itemSize);
		at += itemSize;
	}
	return changed;
}

/** The keys of the chunks that hold anything but fill value, sorted. */
export function expectedKeys(document: ArrayDocument, { shape, chunkShape, fill, values }: ArrayView): string[] {
	const { name, configuration } = document.chunk_key_encoding;
	const { separator } = configuration;
	const keys = new Set<string>();
	let at = 0;
	for (const index of indices(wholeOf(shape))) {
		const differs = fill.some((byte, i) => byte !== values[at + i]);
		at += fill.length;
		const coords = index.map((i, d) => Math.floor(i / (chunkShape[d] ?? 1)));
		if (!differs) continue;
		keys.add(name === "default" ? ["c", ...coords].join(separator) : coords.join(separator) || "0");
	}
	return [...keys].sort();
}

function* indices(box: Box): Generator<number[], void, undefined> {
	const [first, ...others] = box;
	if (first === undefined) yield [];
	else for (let i = first[0]; i < first[1]; i++) for (const rest of indices(others)) yield [i, ...rest];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);
const lengthsOf = (box: Box): number[] => box.map(([start, stop]) => stop - start);
export const wholeOf = (shape: readonly number[]): Box => shape.map((length) => [0, length]);
/** Something about the middle, which cuts through chunks. */
export const middleOf = (shape: readonly number[]): Box =>
	shape.map((length) => [length >> 1, (length >> 1) + Math.ceil(length / 3)]);

export const bitsFor = (dtype: string, box: Box, values: Values): Uint8Array =>
	anyBits(dtype, sizeOf(lengthsOf(box)), values);
