import { type Address, formatAddress, parseAddress } from "../../src/address.js";
import type { Connection } from "../../src/connection.js";
import type { Dataset } from "../../src/dataset.js";
import { isStoreError, StoreError } from "../../src/errors.js";
import { walk } from "./hierarchy-walk.js";
import type { Shell } from "./shell.js";
import { UsageError } from "./usage-error.js";

/** Reads an address of the command line. @throws UsageError */
export function readAddress(text: string): Address {
	try {
		return parseAddress(text);
	} catch (error) {
		throw isStoreError(error) ? new UsageError(error.message) : error;
	}
}

/** For commands that take no part of a dataset. @throws UsageError where the address has a selection */
export function readWholeAddress(text: string): Address {
	const address = readAddress(text);
	if (address.selection === undefined) return address;
	throw new UsageError(
		`${text} has a selection, which means nothing here: write ${formatAddress({ ...address, selection: undefined })}`,
	);
}

/**
 * Opens the dataset of an address; without a name the array that the store itself is.
 * @throws StoreError NOT_FOUND, naming datasets that are there
 */
export async function openDataset(shell: Shell, address: Address, mode: "r" | "r+"): Promise<Dataset> {
	const connection = await shell.open(address.target, mode);
	try {
		return await connection.getDataset(address.dataset ?? "");
	} catch (error) {
		throw isStoreError(error, "NOT_FOUND") ? await notFound(shell, connection, address, error) : error;
	}
}

/** The error of an address that names nothing, with what it could have named. */
export async function notFound(
	shell: Shell,
	connection: Connection,
	address: Address,
	cause?: StoreError,
): Promise<StoreError> {
	const { location } = connection.backend;
	const message = cause?.message ?? `there is no dataset or group ${JSON.stringify(address.dataset)} in ${location}`;
	return new StoreError("NOT_FOUND", message + (await suggest(connection, address, shell.signal)), { cause });
}

const SUGGESTED = 5;

async function suggest({ backend }: Connection, { target, dataset }: Address, signal: AbortSignal): Promise<string> {
	if (!backend.supports.list) return "";
	const names: string[] = [];
	for await (const { kind, name } of walk(backend, "", { recursive: true, signal }))
		if (kind === "dataset" && names.push(name) > SUGGESTED) break;
	if (names.length === 0) return ": the store holds no dataset";
	const shown = names.slice(0, SUGGESTED).map((name) => JSON.stringify(name));
	if (names.length > SUGGESTED) shown.push("…");
	const example = dataset === undefined ? `, named as in ${formatAddress({ target, dataset: names[0] })}` : "";
	return `: it holds ${shown.join(", ")}${example}`;
}
