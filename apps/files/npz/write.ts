import { Readable } from "node:stream";
import { StoreError } from "../../../src/errors.js";
import type { Selection } from "../../../src/selection/selection.js";
import { writePieces } from "../file-access.js";
import { formatNpyHeader } from "../npy/header.js";
import { npyType } from "../npy/types.js";
import { npyBytes } from "../npy/write.js";
import { optionalPackage } from "../optional-package.js";
import { product } from "../raw/layout.js";
import { type SelectedValues, selectValues, type ValueOptions, type Values } from "../selected-values.js";

/** An array of an npz file: of `values` the part that is selected. */
export interface NpzMember extends Omit<ValueOptions, "signal" | "onProgress"> {
	readonly values: Values;
	readonly selection?: Selection | undefined;
}

export interface WriteNpzOptions extends Omit<ValueOptions, "dtype"> {
	/** Deflates, as `numpy.savez_compressed`. Default false. */
	readonly compress?: boolean | undefined;
}

/** Writes several arrays by name as an npz file, in bounded memory. The file appears when it is complete. */
export async function writeNpz(
	path: string,
	members: { readonly [name: string]: NpzMember },
	options: WriteNpzOptions = {},
): Promise<void> {
	const { ZipFile } = await optionalPackage("yazl", "writing npz files", () => import("yazl"));
	const archive = new ZipFile();
	const output = archive.outputStream as Readable;
	archive.on("error", (error) => output.destroy(error));
	for (const [name, { values, selection, ...own }] of Object.entries(members)) {
		if (name === "") throw new StoreError("INVALID_ARGUMENT", "an array in an npz file needs a name");
		const selected = selectValues(values, selection, own);
		const settings = { compress: options.compress ?? false, size: npySize(selected) };
		archive.addReadStreamLazy(`${name}.npy`, settings, (give) =>
			give(null, Readable.from(npyBytes(selected, options))),
		);
	}
	archive.end();
	await writePieces(path, output);
}

function npySize({ shape, dtype }: SelectedValues): number {
	return formatNpyHeader(shape, dtype).length + product(shape) * npyType(dtype).itemSize;
}
