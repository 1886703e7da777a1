import { StoreError } from "../../src/errors.js";
import type { SlabSource } from "../../src/operations/load/load-slabs.js";
import type { Selection } from "../../src/selection/selection.js";
import { type CsvOptions, writeCsv } from "./csv.js";
import { openHdf5 } from "./hdf5/read.js";
import { type WriteHdf5Options, writeHdf5 } from "./hdf5/write.js";
import { type OpenNiftiOptions, openNifti } from "./nifti/read.js";
import { openNpy } from "./npy/read.js";
import { writeNpy } from "./npy/write.js";
import { openNpz } from "./npz/read.js";
import { type WriteNpzOptions, writeNpz } from "./npz/write.js";
import { type PngOptions, writePng } from "./png/write.js";
import type { ValueOptions, Values } from "./selected-values.js";

/** A file, and the name of an array in it, where it was given. */
interface Place {
	readonly path: string;
	readonly name: string | undefined;
}

/** What one ending means. */
interface Format {
	readonly endings: readonly string[];
	/** Holds arrays by name, so that `#NAME` may follow the path. */
	readonly named?: boolean;
	open?(place: Place, options: OpenAnyOptions): Promise<SlabSource>;
	write?(place: Place, values: Values, selection: Selection | undefined, options: WriteAnyOptions): Promise<void>;
}

export type OpenAnyOptions = OpenNiftiOptions;
export type WriteAnyOptions = ValueOptions & WriteNpzOptions & Omit<WriteHdf5Options, "name"> & CsvOptions & PngOptions;

const FORMATS: readonly Format[] = [
	{
		endings: [".npy"],
		open: ({ path }) => openNpy(path),
		write: ({ path }, values, selection, options) => writeNpy(path, values, selection, options),
	},
	{
		endings: [".npz"],
		named: true,
		open: ({ path, name }) => openNpz(path, { name }),
		write: ({ path, name = "arr_0" }, values, selection, { dtype, ...options }) =>
			writeNpz(path, { [name]: { values, selection, dtype } }, options),
	},
	{
		endings: [".h5", ".hdf5", ".hdf"],
		named: true,
		open: ({ path, name }) => openHdf5(path, { name }),
		write: ({ path, name }, values, selection, options) => writeHdf5(path, values, selection, { ...options, name }),
	},
	{ endings: [".nii", ".nii.gz"], open: ({ path }, options) => openNifti(path, options) },
	{
		endings: [".png"],
		write: ({ path }, values, selection, options) => writePng(path, values, selection, options),
	},
	{
		endings: [".csv"],
		write: ({ path }, values, selection, options) => writeCsv(path, values, selection, options),
	},
];

/** True where `path` ends as a file that `openAny` reads. */
export function canOpen(path: string): boolean {
	return findFormat(path, "open") !== undefined;
}

/** True where `path` ends as a file that `writeAny` writes. */
export function canWrite(path: string): boolean {
	return findFormat(path, "write") !== undefined;
}

/** @throws StoreError INVALID_ARGUMENT where `path` does not end as a file that `writeAny` writes, listing these */
export function checkWritable(path: string): void {
	if (!canWrite(path)) throw unknownEnding(path, "write");
}

/**
 * Opens an array file by its ending: `.npy`, `.npz`, `.h5`, `.hdf5`, `.hdf`, `.nii`, `.nii.gz`. `file.h5#/path` and `file.npz#name` name an array in it.
 * @throws StoreError INVALID_ARGUMENT for another ending, listing these; and what the format's own function throws
 */
export async function openAny(path: string, options: OpenAnyOptions = {}): Promise<SlabSource> {
	const found = findFormat(path, "open");
	if (found?.format.open !== undefined) return found.format.open(found.place, options);
	throw unknownEnding(path, "open");
}

/**
 * Writes an array file by its ending: `.npy`, `.npz`, `.h5`, `.hdf5`, `.hdf`, `.png`, `.csv`; names as for {@link openAny}. Options that mean
 * nothing to the format are ignored.
 * @throws StoreError INVALID_ARGUMENT for another ending, listing these; and what the format's own function throws
 */
export async function writeAny(
	path: string,
	values: Values,
	selection?: Selection,
	options: WriteAnyOptions = {},
): Promise<void> {
	const found = findFormat(path, "write");
	if (found?.format.write === undefined) throw unknownEnding(path, "write");
	await found.format.write(found.place, values, selection, options);
}

type Way = "open" | "write";

function findFormat(path: string, way: Way): { format: Format; place: Place } | undefined {
	for (const format of FORMATS.filter((known) => known[way] !== undefined)) {
		if (endsAs(path, format)) return { format, place: { path, name: undefined } };
		const at = format.named ? path.lastIndexOf("#") : -1;
		if (at > 0 && endsAs(path.slice(0, at), format))
			return { format, place: { path: path.slice(0, at), name: path.slice(at + 1) || undefined } };
	}
	return undefined;
}

function endsAs(path: string, { endings }: Format): boolean {
	return endings.some((ending) => path.toLowerCase().endsWith(ending));
}

function unknownEnding(path: string, way: Way): StoreError {
	const known = FORMATS.filter((format) => format[way] !== undefined).flatMap(({ endings }) => endings);
	const verb = way === "open" ? "read" : "written";
	return new StoreError("INVALID_ARGUMENT", `${path}: the ending tells the format; ${verb} are ${known.join(", ")}`);
}
