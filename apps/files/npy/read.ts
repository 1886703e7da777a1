import type { NumericName } from "../../../src/format/data-types.js";
import type { SlabSource } from "../../../src/operations/load/load-slabs.js";
import { empty, type NdArray } from "../../../src/values/nd-array.js";
import { fileBytes, fileSize } from "../file-access.js";
import { blockOf, bytesOf, checkSize, decode, product } from "../raw/layout.js";
import { rawSlabs } from "../raw/slabs.js";
import { readNpyHeader } from "./header.js";

/**
 * The array of an npy file, of C or Fortran order, either byte order, versions 1 to 3. Nothing is kept open; the values are read by
 * `slabs()`, in bounded memory.
 * @throws StoreError NOT_FOUND, CORRUPT also where the file is too short, UNSUPPORTED for objects, fields that are arrays or of both byte orders, and numbers of other sizes
 */
export async function openNpy(path: string): Promise<SlabSource> {
	const size = await fileSize(path);
	const header = await readNpyHeader(fileBytes(path), path);
	const { shape, presented, offset } = header;
	checkSize(header, size - offset, path);
	const bytes = { name: path, stream: () => fileBytes(path, offset), file: { path, offset } };
	return { shape, dtype: presented.name as NumericName, slabs: () => rawSlabs(header, bytes) };
}

/**
 * The array that the bytes of an npy file hold, as {@link openNpy} reads it; it may lie over these bytes. Objects are refused: they are
 * pickles, which run code when they are read.
 * @throws StoreError CORRUPT also where bytes are missing, UNSUPPORTED
 */
export async function decodeNpy(bytes: Uint8Array): Promise<NdArray> {
	const header = await readNpyHeader(inOnePiece(bytes), NAME);
	const { shape, dtype, offset } = header;
	checkSize(header, bytes.length - offset, NAME);
	if (product(shape) === 0) return empty(shape, dtype.name as NumericName);
	return blockOf(await decode(bytes.subarray(offset, offset + bytesOf(header)), header), shape, header);
}

/** What the bytes are called in messages. */
const NAME = "the npy array";

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
	yield bytes;
}
