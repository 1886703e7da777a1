import { StoreError } from "../../../src/errors.js";
import type { DataType } from "../../../src/format/data-types.js";
import type { SlabSource } from "../../../src/operations/load/load-slabs.js";
import { allocate } from "../../../src/values/allocate.js";
import { empty, type NdArray } from "../../../src/values/nd-array.js";
import { type Box, contiguousBoxes } from "../contiguous-boxes.js";
import { fileSize } from "../file-access.js";
import { blockOf, decode, product, type RawLayout, SLAB_BYTES } from "../raw/layout.js";
import { readAttributes } from "./attributes.js";
import { guarded, type Hdf5, type Hdf5Dataset, type Hdf5File, loadHdf5, readHyperslab } from "./library.js";
import { decodeTexts, type TextLayout, textLayout } from "./texts.js";
import { typeOfHdf5 } from "./types.js";

export interface OpenHdf5Options {
	/** Path of the dataset in the file, such as `/entry/data`; may be left out where there is one. */
	readonly name?: string | undefined;
}

/** What h5wasm decodes without plugins. */
const FILTERS = new Map([
	[1, "gzip"],
	[2, "shuffle"],
	[3, "fletcher32"],
	[4, "szip"],
	[5, "nbit"],
	[6, "scaleoffset"],
]);

/**
 * One dataset of an HDF5 file: shape, data type, chunk shape, attributes and dimension labels. `slabs()` opens the file again and reads whole
 * rows of chunks, about 16 MiB at a time; HDF5 reads from the file what each takes, so files may be larger than memory.
 * Attributes that JSON cannot hold (references, compounds) are left out. HDF5's own fill value cannot be asked for, but values that
 * were never written are read as it.
 * @throws StoreError NOT_FOUND and INVALID_ARGUMENT listing the datasets there are, CORRUPT also for truncated files, UNSUPPORTED for a
 * data type or a filter that cannot be read, naming it
 */
export async function openHdf5(path: string, options: OpenHdf5Options = {}): Promise<SlabSource> {
	await fileSize(path);
	const hdf5 = await loadHdf5();
	return withDataset(hdf5, path, options.name, (dataset) => {
		const name = `${dataset.path} in ${path}`;
		const { shape, chunks } = dataset.metadata;
		const text = textLayout(dataset.metadata);
		const dtype = text?.dtype ?? typeOfHdf5(dataset.metadata, name);
		checkFilters(dataset, name);
		if (shape === null) throw new StoreError("UNSUPPORTED", `${name} has neither shape nor values`);
		const described = readAttributes(hdf5, dataset, dtype);
		const stored = { path, name: dataset.path, dtype, text: text && ownEnding(text, described.dtype), shape };
		return {
			shape,
			chunkShape: chunks ?? undefined,
			...described,
			slabs: () => datasetSlabs(hdf5, { ...stored, chunkRows: chunks?.[0] ?? 1 }),
		};
	});
}

/** The library announces spaces at the end of text, but what we write ends in NULs; it is told by a shorter type than the bytes ask for. */
function ownEnding(text: TextLayout, announced: string): TextLayout {
	return announced === text.dtype.name ? text : { ...text, ending: "NULs" };
}

function openFile(hdf5: Hdf5, path: string): Hdf5File {
	return guarded(hdf5, `${path} is no HDF5 file, or a damaged one`, "CORRUPT", () => {
		const file = new hdf5.library.File(path, "r");
		if (file.file_id < 0n) throw new Error("it cannot be opened");
		return file;
	});
}

function withDataset<T>(hdf5: Hdf5, path: string, name: string | undefined, work: (dataset: Hdf5Dataset) => T): T {
	const file = openFile(hdf5, path);
	try {
		return guarded(hdf5, path, "CORRUPT", () => work(chooseDataset(hdf5, file, name)));
	} finally {
		file.close();
	}
}

function chooseDataset({ library }: Hdf5, file: Hdf5File, name: string | undefined): Hdf5Dataset {
	const { filename } = file;
	if (name !== undefined) {
		const chosen = file.get(`/${name.replace(/^\/+/, "")}`);
		if (chosen instanceof library.Dataset) return chosen;
		if (chosen instanceof library.ExternalLink)
			throw new StoreError("UNSUPPORTED", `${name} in ${filename} is a link to ${chosen.filename}: open that file`);
	}
	const names = file.paths().filter((found) => file.get(found) instanceof library.Dataset);
	const [only] = names;
	const listed = names.length === 0 ? "it holds none" : `it holds ${excerpt(names)}`;
	if (name !== undefined) throw new StoreError("NOT_FOUND", `${filename} holds no dataset ${name}; ${listed}`);
	if (only === undefined) throw new StoreError("NOT_FOUND", `${filename} holds no dataset`);
	if (names.length === 1) return file.get(only) as Hdf5Dataset;
	throw new StoreError("INVALID_ARGUMENT", `name one of the datasets of ${filename}: ${listed}`);
}

function excerpt(names: readonly string[]): string {
	const shown = names.slice(0, 20).map((name) => `/${name.replace(/^\/+/, "")}`);
	return shown.join(", ") + (names.length > shown.length ? ` and ${names.length - shown.length} more` : "");
}

/** Without its filter a chunk cannot be read, and the library would not stop at that. */
function checkFilters(dataset: Hdf5Dataset, name: string): void {
	const unknown = dataset.filters.find(({ id }) => !FILTERS.has(id));
	if (unknown === undefined) return;
	const what = unknown.name === "" ? `filter ${unknown.id}` : `${unknown.name} (filter ${unknown.id})`;
	throw new StoreError(
		"UNSUPPORTED",
		`${name} is stored with ${what}; read here are ${[...FILTERS.values()].join(", ")}: write it anew with one of these (h5repack)`,
	);
}

interface Stored {
	readonly path: string;
	readonly name: string;
	readonly dtype: DataType;
	readonly text: TextLayout | undefined;
	readonly shape: readonly number[];
	readonly chunkRows: number;
}

async function* datasetSlabs(hdf5: Hdf5, stored: Stored): AsyncGenerator<NdArray, void, undefined> {
	const { path, name, dtype, text, shape } = stored;
	if (product(shape) === 0) {
		yield empty(shape, dtype.name);
		return;
	}
	const layout: RawLayout = { shape, dtype, endian: "little", order: "C" };
	const file = openFile(hdf5, path);
	try {
		const dataset = guarded(hdf5, path, "CORRUPT", () => chooseDataset(hdf5, file, name));
		for (const slab of slabsOf(stored)) {
			const bytes = guarded(hdf5, `${name} in ${path} is damaged`, "CORRUPT", () =>
				readSlab(hdf5, dataset, slab, text?.size ?? dtype.itemSize),
			);
			const data = text === undefined ? await decode(bytes, layout) : decodeTexts(bytes, text, `${name} in ${path}`);
			yield blockOf(data, slab.shape, layout);
		}
	} finally {
		file.close();
	}
}

/** Whole rows of chunks, several where they are small. */
function slabsOf({ shape, dtype, chunkRows }: Stored): Box[] {
	const [rows, ...rest] = shape;
	if (rows === undefined) return [{ origin: [], shape: [] }];
	const rowBytes = product(rest) * dtype.itemSize;
	const height = chunkRows * Math.max(1, Math.floor(SLAB_BYTES / (chunkRows * rowBytes)));
	return Array.from({ length: Math.ceil(rows / height) }, (_, n) => ({
		origin: [n * height, ...rest.map(() => 0)],
		shape: [Math.min(height, rows - n * height), ...rest],
	}));
}

/** A slab may be larger than what HDF5 has memory for, so it is read box by box. */
function readSlab(hdf5: Hdf5, dataset: Hdf5Dataset, slab: Box, itemSize: number): Uint8Array {
	const bytes = new Uint8Array(allocate(product(slab.shape) * itemSize));
	let at = 0;
	for (const box of contiguousBoxes(slab.shape, itemSize, dataset.metadata.chunks ?? slab.shape.map(() => 1))) {
		const origin = box.origin.map((start, d) => start + (slab.origin[d] as number));
		const size = product(box.shape) * itemSize;
		readHyperslab(hdf5, dataset, { origin, shape: box.shape }, bytes.subarray(at, at + size));
		at += size;
	}
	return bytes;
}
