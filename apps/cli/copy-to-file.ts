import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Address } from "../../src/address.js";
import { Dataset } from "../../src/dataset.js";
import { StoreError } from "../../src/errors.js";
import type { AxisLengths } from "../../src/selection/edges.js";
import type { CopyOptions } from "./copy-options.js";
import { fileName, type Source } from "./copy-source.js";
import { withStaged } from "./copy-staging.js";
import type { Shell } from "./shell.js";
import { UsageError } from "./usage-error.js";

/** Writes values as an array file, which appears when it is complete. */
export async function copyToFile(shell: Shell, source: Source, address: Address, options: CopyOptions): Promise<void> {
	const { checkWritable } = await import("tesserae/files");
	checkWritable(fileName(address));
	await checkPlace(address.target, options);
	const isReadable = source.values instanceof Dataset && (options.dtype ?? source.values.dtype) === source.values.dtype;
	if (isReadable) await write(shell, source, address, options);
	else await withStaged(shell, source, options, (staged) => write(shell, staged, address, options));
}

async function write(shell: Shell, source: Source, address: Address, options: CopyOptions): Promise<void> {
	const { writeAny } = await import("tesserae/files");
	const { colormap, percentiles, header, compress, chunks } = options;
	const gzip = compress ? { gzip: GZIP_LEVEL } : undefined;
	await shell.progress(`writing ${basename(address.target)}`, (o) =>
		writeAny(fileName(address), source.values as Dataset, source.selection, {
			...o,
			...{ colormap, percentiles, header, compress, chunkShape: chunks && inOneLength(chunks) },
			...gzip,
		}),
	);
}

/** HDF5 knows chunks of one shape only. */
function inOneLength(chunks: readonly AxisLengths[]): readonly number[] {
	return chunks.map((length) => {
		if (typeof length === "number") return length;
		throw new UsageError("files have chunks of one length along each axis: write --chunks such as 64,64");
	});
}

const GZIP_LEVEL = 4;

/** @throws StoreError ALREADY_EXISTS, NOT_FOUND */
async function checkPlace(path: string, { ifExists }: CopyOptions): Promise<void> {
	if (ifExists !== "replace" && (await exists(path)))
		throw new StoreError("ALREADY_EXISTS", `${path} is there already: another name, or --if-exists replace`);
	if (await exists(dirname(path))) return;
	throw new StoreError("NOT_FOUND", `${path}: there is no directory ${dirname(path)}: make it first`);
}

async function exists(path: string): Promise<boolean> {
	return stat(path).then(
		() => true,
		(error: { readonly code?: string }) => {
			if (error.code === "ENOENT" || error.code === "ENOTDIR") return false;
			throw error;
		},
	);
}
