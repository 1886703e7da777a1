import type { Connection } from "../../../src/connection.js";
import { isStoreError, StoreError } from "../../../src/errors.js";
import { formatObjectAddress, type ObjectAddress, parseObjectAddress } from "../../../src/object-address.js";
import type { Shell } from "../shell.js";
import { UsageError } from "../usage-error.js";

/** An open store, and what of it an address names. */
export interface Objects {
	readonly connection: Connection;
	readonly address: ObjectAddress;
}

/** @throws UsageError */
export function readObjectAddress(text: string): ObjectAddress {
	try {
		return parseObjectAddress(text);
	} catch (error) {
		throw isStoreError(error) ? new UsageError(error.message) : error;
	}
}

/** For commands about one object. @throws UsageError where the address names a whole store, or a directory */
export function readKey(text: string): ObjectAddress {
	const address = readObjectAddress(text);
	if (address.key !== "" && !address.key.endsWith("/")) return address;
	const example = formatObjectAddress({ ...address, key: `${address.key}NAME` });
	throw new UsageError(`${text} names no object: write ${example}`);
}

/** For commands about a bucket: its target. @throws UsageError where the address goes on after it */
export function readBucket(text: string): string {
	const { target, key } = readObjectAddress(text);
	if (key === "") return target;
	throw new UsageError(`${text} is more than a bucket: write ${target}`);
}

/**
 * Opens the store of an address. The modes `r` and `r+` would first look for an array or a group, which a store of other objects need not have;
 * `a` makes nothing before the first write.
 */
export async function openObjects(shell: Shell, address: ObjectAddress): Promise<Objects> {
	return { connection: await shell.open(address.target, "a"), address };
}

/** The key of a directory's contents: `""` of the whole store, else with a slash at its end. */
export function insideOf(key: string): string {
	return key === "" || key.endsWith("/") ? key : `${key}/`;
}

/** The last name of a path or key. */
export function lastName(key: string): string {
	return key.slice(key.lastIndexOf("/") + 1);
}

export function noSuchObject(address: ObjectAddress): StoreError {
	return new StoreError(
		"NOT_FOUND",
		`there is no object ${formatObjectAddress(address)}: "tesserae s3 ls" lists what there is`,
		{ key: address.key },
	);
}
