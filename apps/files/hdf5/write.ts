import { StoreError } from "../../../src/errors.js";
import { defaultChunkShape } from "../../../src/format/chunk-shape.js";
import type { Values } from "../../../src/format/data-types.js";
import { fillFromUser, isZero } from "../../../src/format/fill-value.js";
import { jsonFromUser } from "../../../src/format/json-from-user.js";
import type { Attributes } from "../../../src/format/metadata.js";
import type { Selection } from "../../../src/selection/selection.js";
import { replaceFile } from "../file-access.js";
import {
	type SelectedValues,
	selectValues,
	type ValueOptions,
	valueBlocks,
	type Values as Written,
} from "../selected-values.js";
import { writeAttributes } from "./attributes.js";
import { guarded, type Hdf5, type Hdf5Dataset, type Hdf5File, loadHdf5, writeHyperslab } from "./library.js";
import { storedType } from "./types.js";

export interface WriteHdf5Options extends ValueOptions {
	/** Path of the dataset in the file; groups are made. Default `/data`. */
	readonly name?: string | undefined;
	/** Default: as the dataset that is written, else a near-cubic shape of 1–4 MiB; never larger than what is written. */
	readonly chunkShape?: readonly number[] | undefined;
	/** Level of gzip, 1 to 9; default: not compressed. */
	readonly gzip?: number | undefined;
	/** Default: as the dataset that is written. */
	readonly attributes?: { readonly [name: string]: unknown } | undefined;
}

/**
 * Writes values as the one dataset of an HDF5 file, in chunks, in bounded memory. Of a dataset, chunk shape, attributes, dimension names and fill
 * value go with the values (the fill value as attribute `_FillValue`; all values are written, so that HDF5's own is not needed). bool is
 * stored as uint8, float16 as float32 and text of a fixed length in UTF-8, and read as what they were by `openHdf5`. The file appears when it is
 * complete.
 * @throws StoreError UNSUPPORTED for raw bits, records, and text of any length, saying what to do instead
 */
export async function writeHdf5(
	path: string,
	values: Written,
	selection?: Selection,
	options: WriteHdf5Options = {},
): Promise<void> {
	const selected = selectValues(values, selection, options);
	storedType(selected.dtype);
	const plan = { selected, chunks: chunksOf(selected, options), attributes: attributesOf(selected, options) };
	const hdf5 = await loadHdf5();
	await replaceFile(path, (temporary) => writeFile(hdf5, temporary, plan, options));
}

interface Plan {
	readonly selected: SelectedValues;
	/** Undefined for an array without axes. */
	readonly chunks: readonly number[] | undefined;
	readonly attributes: Attributes;
}

function chunksOf({ shape, dtype, dataset, chunkShape }: SelectedValues, options: WriteHdf5Options) {
	if (shape.length === 0) return undefined;
	const wanted = options.chunkShape ?? (dataset === undefined ? defaultChunkShape(shape, dtype.itemSize) : chunkShape);
	const fits = wanted.length === shape.length && wanted.every((length) => Number.isSafeInteger(length) && length > 0);
	if (fits) return wanted.map((length, d) => Math.max(1, Math.min(length, shape[d] as number)));
	throw new StoreError(
		"INVALID_ARGUMENT",
		`chunkShape has a number above 0 for each axis of [${shape.join(", ")}], not [${wanted.join(", ")}]`,
	);
}

function attributesOf({ dataset }: SelectedValues, { attributes }: WriteHdf5Options): Attributes {
	return attributes === undefined
		? (dataset?.attributes ?? {})
		: (jsonFromUser(attributes, "attributes") as Attributes);
}

async function writeFile(hdf5: Hdf5, path: string, plan: Plan, options: WriteHdf5Options): Promise<void> {
	const { selected, chunks } = plan;
	const { bytes } = storedType(selected.dtype);
	const file = guarded(hdf5, path, "UNAVAILABLE", () => new hdf5.library.File(path, "x"));
	try {
		let dataset: Hdf5Dataset | undefined;
		for await (const block of valueBlocks(selected, options, chunks)) {
			dataset ??= guarded(hdf5, path, "UNAVAILABLE", () => createDataset(file, plan, options, block.data));
			const target = dataset;
			guarded(hdf5, path, "UNAVAILABLE", () => writeHyperslab(hdf5, target, block, bytes(block.data)));
		}
		guarded(hdf5, path, "UNAVAILABLE", () => {
			dataset ??= createDataset(file, plan, options, new selected.dtype.Array(0));
			writeAttributes(dataset, describe(plan));
			file.flush();
		});
	} finally {
		file.close();
	}
}

/** The library makes datasets with their values only, so one with axes is made empty and grows. */
function createDataset(file: Hdf5File, plan: Plan, options: WriteHdf5Options, first: Values): Hdf5Dataset {
	const { selected, chunks } = plan;
	const { shape, dtype } = selected;
	const { format, data } = storedType(dtype);
	const name = makeGroups(file, options.name ?? "/data");
	if (chunks === undefined) return file.create_dataset({ name, data: data(first) as never, shape: [], dtype: format });
	const dataset = file.create_dataset({
		name,
		data: data(first.slice(0, 0)) as never,
		shape: [0, ...shape.slice(1)],
		maxshape: [...shape],
		chunks: [...chunks],
		dtype: format,
		...compression(options),
	});
	dataset.resize([...shape]);
	return dataset;
}

function compression({ gzip }: WriteHdf5Options) {
	if (gzip === undefined) return {};
	if (Number.isInteger(gzip) && gzip >= 1 && gzip <= 9)
		return { compression: "gzip" as const, compression_opts: [gzip] };
	throw new StoreError("INVALID_ARGUMENT", `gzip is a level from 1 to 9, not ${gzip}`);
}

/** Makes the groups above a dataset. @returns its path without the first slash */
function makeGroups(file: Hdf5File, path: string): string {
	const names = path.split("/").filter((name) => name !== "");
	if (names.length === 0 || names.includes("."))
		throw new StoreError("INVALID_ARGUMENT", `${JSON.stringify(path)} is no name of a dataset: try "/data"`);
	names.slice(0, -1).forEach((_, depth) => {
		file.create_group(names.slice(0, depth + 1).join("/"));
	});
	return names.join("/");
}

function describe({ selected, attributes }: Plan) {
	const { dataset, dtype, shape } = selected;
	const fill = dataset && fillFromUser(dataset.fillValue, dtype);
	const dimensionNames = dataset?.dimensionNames;
	return {
		dtype,
		attributes,
		fill: fill === undefined || isZero(fill, dtype) ? undefined : fill,
		dimensionNames: dimensionNames?.length === shape.length ? dimensionNames : undefined,
	};
}
