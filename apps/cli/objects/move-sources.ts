import { basename } from "node:path";
import { StoreError } from "../../../src/errors.js";
import { formatObjectAddress } from "../../../src/object-address.js";
import type { Shell } from "../shell.js";
import { UsageError } from "../usage-error.js";
import { visible } from "../visible.js";
import type { End, Item, MoveOptions } from "./ends.js";
import { filesBelow, localBytes, whatIsAt } from "./local-files.js";
import { insideOf, lastName, noSuchObject, type Objects } from "./open-objects.js";

/**
 * What there is to be moved, all of it known before anything is.
 * @throws StoreError NOT_FOUND, INVALID_ARGUMENT for a directory without `recursive`
 */
export async function itemsOf(shell: Shell, from: End, options: MoveOptions): Promise<Item[]> {
	if (from.kind === "objects") return options.recursive ? objectsBelow(shell, from) : [await oneObject(from)];
	if (from.kind === "local") return options.recursive ? localFiles(shell, from.path) : [await oneFile(from.path)];
	if (options.recursive) throw new UsageError("stdin is one object: leave --recursive out");
	return [{ name: "", size: undefined, open: async () => shell.input }];
}

async function oneObject({ connection, address }: Objects): Promise<Item> {
	const { store } = connection;
	const { key } = address;
	const size = await store.size(key);
	if (size !== undefined) return objectItem({ connection, address }, { name: lastName(key), key, size });
	if (connection.supports.list && (await store.isDirectory(key)))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`${formatObjectAddress(address)} is a directory: add --recursive for what is in it`,
			{ key },
		);
	throw noSuchObject(address);
}

async function objectsBelow(shell: Shell, { connection, address }: Objects): Promise<Item[]> {
	const prefix = insideOf(address.key);
	const items: Item[] = [];
	for await (const entry of connection.store.list(prefix, { recursive: true, signal: shell.signal })) {
		// Some programs make directories visible by empty objects, whose names no file can have.
		if (entry.kind !== "object" || entry.key.endsWith("/")) continue;
		const { key, size } = entry;
		items.push(objectItem({ connection, address }, { name: key.slice(prefix.length), key, size }));
	}
	if (items.length > 0) return items;
	const where = formatObjectAddress({ ...address, key: prefix });
	throw new StoreError("NOT_FOUND", `there are no objects below ${where}: "tesserae s3 ls" lists what there is`);
}

interface Named {
	readonly name: string;
	readonly key: string;
	readonly size: number;
}

function objectItem({ connection, address }: Objects, { name, key, size }: Named): Item {
	const open = async (signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> => {
		const stream = await connection.store.stream(key, { signal });
		if (stream === undefined) throw noSuchObject({ ...address, key });
		return stream;
	};
	return { name, size, stored: { target: address.target, key }, open };
}

async function oneFile(path: string): Promise<Item> {
	const found = await whatIsAt(path);
	if (found?.kind === "directory")
		throw new StoreError("INVALID_ARGUMENT", `${path} is a directory: add --recursive for what is in it`);
	if (found === undefined) throw new StoreError("NOT_FOUND", `${path}: there is no such file`);
	// Of a pipe nobody knows the size.
	const size = found.kind === "file" ? found.size : undefined;
	return { name: basename(path), size, open: async () => localBytes(path) };
}

async function localFiles(shell: Shell, directory: string): Promise<Item[]> {
	if ((await whatIsAt(directory))?.kind !== "directory")
		throw new StoreError("NOT_FOUND", `${directory}: there is no such directory`);
	const leftOut = (path: string): Promise<void> =>
		shell.log("warn", `${visible(path)} is left out: it is no file, or a link to none`);
	const items: Item[] = [];
	for await (const { path, name, size } of filesBelow(directory, leftOut))
		items.push({ name, size, open: async () => localBytes(path) });
	return items;
}
