import type { NumericName } from "../../../src/format/data-types.js";
import type { SlabSource } from "../../../src/operations/load-slabs.js";
import { fileBytes, fileSize } from "../file-access.js";
import { checkSize } from "../raw/layout.js";
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
