/** Where `cp` reads from: a dataset of a store, or an array in a file. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Address, formatAddress } from "../../src/address.js";
import type { Dataset } from "../../src/dataset.js";
import { isStoreError, StoreError } from "../../src/errors.js";
import { interrupted, isOver, readHeader } from "../../src/operations/apply/ledger.js";
import type { SlabSource } from "../../src/operations/load/load-slabs.js";
import { unfinishedFrom } from "../../src/operations/unfinished.js";
import { normalise } from "../../src/selection/normalise.js";
import { hasScheme } from "../../src/target-text.js";
import type { CopyOptions } from "./copy-options.js";
import { notFound } from "./open-dataset.js";
import { resolveTarget } from "./resolve-target.js";
import type { Shell } from "./shell.js";

export interface Source {
	/** The address in full, the same however it was typed. */
	readonly place: string;
	readonly values: Dataset | SlabSource;
	/** What of the values is copied, if not everything. */
	readonly selection: string | undefined;
}

/** @throws StoreError NOT_FOUND; INVALID_ARGUMENT for a file of another kind; CONFLICT for a dataset that is itself unfinished */
export async function openSource(shell: Shell, address: Address, options: CopyOptions): Promise<Source> {
	const { target, selection } = address;
	if (await namesFile(address)) {
		const { openAny } = await import("tesserae/files");
		const place = formatAddress({ ...address, target: resolve(target) });
		return { place, values: await openAny(fileName(address), { scaled: options.scaled }), selection };
	}
	const connection = await shell.open(target, "r");
	const name = address.dataset ?? "";
	if (await connection.hasGroup(name))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`${formatAddress(address)} is a group: copy all of it with --recursive, or name a dataset`,
		);
	const dataset = await connection.getDataset(name).catch(async (error) => {
		throw isStoreError(error, "NOT_FOUND") ? await notFound(shell, connection, address, error) : error;
	});
	return sourceOf(dataset, selection);
}

/** A dataset as source. @throws StoreError CONFLICT where it is unfinished; OUT_OF_BOUNDS, INVALID_ARGUMENT for the selection */
export async function sourceOf(dataset: Dataset, selection?: string): Promise<Source> {
	const { name, connection } = dataset;
	const { backend } = connection;
	const place = formatAddress({ target: backend.location, dataset: name, selection });
	if (selection !== undefined) normalise(selection, dataset.shape, dataset.dimensionNames);
	const from = unfinishedFrom(dataset.attributes);
	if (from !== undefined)
		throw new StoreError("CONFLICT", `${place} is itself unfinished, being filled from ${from}: finish that first`);
	const apply = await readHeader({ backend, name });
	if (apply === undefined || isOver(apply.header)) return { place, values: dataset, selection };
	throw new StoreError("CONFLICT", `${place} is itself unfinished: ${interrupted(apply.header)}: finish that first`);
}

/** The file of an address as `tesserae/files` wants it named, with what follows `#`. */
export function fileName({ target, dataset }: Address): string {
	return dataset ? `${target}#${dataset}` : target;
}

/** True for what is, or is called like, an array file rather than a store. */
async function namesFile({ target }: Address): Promise<boolean> {
	if (hasScheme(target)) return false;
	const { canOpen } = await import("tesserae/files");
	return canOpen(target) || (await isOtherFile(target));
}

/** A file that is no store: its ending is what is wrong with it. */
async function isOtherFile(path: string): Promise<boolean> {
	const found = await stat(path).catch(() => undefined);
	if (found?.isFile() !== true) return false;
	return resolveTarget(path).then(
		() => false,
		() => true,
	);
}

/** True where a destination is a file: by its ending, which must not be unknown. `#` and a scheme tell of a store. */
export async function isFileDestination({ target, dataset }: Address): Promise<boolean> {
	if (hasScheme(target)) return false;
	const { canWrite } = await import("tesserae/files");
	if (canWrite(target)) return true;
	return dataset === undefined && /\.\w{1,8}$/.test(target) && !/\.(zarr|sqlite3?|db)$/i.test(target);
}
