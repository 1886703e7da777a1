import { isStoreError, StoreError } from "../../../src/errors.js";
import { formatObjectAddress } from "../../../src/object-address.js";
import type { CopySource, UploadOptions } from "../../../src/object-service.js";
import type { Shell } from "../shell.js";
import { UsageError } from "../usage-error.js";
import { contentTypeOf } from "./content-types.js";
import type { End, Item, MoveOptions } from "./ends.js";
import { FILE_MODE, pathBelow, whatIsAt, writeLocalFile } from "./local-files.js";
import { hasService, sharedBucket, withService } from "./object-services.js";
import { insideOf, type Objects } from "./open-objects.js";

export interface Call {
	readonly signal: AbortSignal;
	/** Told of bytes that have moved. */
	moved(bytes: number): void;
}

/** Writes one item where it belongs. */
export type Write = (item: Item, call: Call) => Promise<"written" | "skipped">;

/** @throws UsageError where the place has no name for what goes there */
export async function writerTo(shell: Shell, to: End, options: MoveOptions): Promise<Write> {
	if (to.kind === "objects") return writerToObjects(shell, to, options);
	if (to.kind === "local") return writerToFiles(to.path, options);
	if (options.recursive) throw new UsageError("stdout takes one object: leave --recursive out");
	return async (item, call) => {
		for await (const piece of counted(item, call)) await shell.out.write(piece);
		return "written";
	};
}

async function writerToFiles(path: string, { recursive, ifExists, fileMode = FILE_MODE }: MoveOptions): Promise<Write> {
	const isDirectory = recursive || /[\\/]$/.test(path) || (await whatIsAt(path))?.kind === "directory";
	return async (item, call) => {
		const place = isDirectory ? pathBelow(path, item.name) : path;
		if (ifExists !== "replace" && (await whatIsAt(place)) !== undefined) {
			if (ifExists === "skip") return "skipped";
			throw inTheWay(place);
		}
		await writeLocalFile(place, counted(item, call), fileMode);
		return "written";
	};
}

/** What is larger goes to an object service part by part; elsewhere objects are written whole. */
const IN_PARTS = 64 * 2 ** 20;

async function writerToObjects(shell: Shell, { connection, address }: Objects, options: MoveOptions): Promise<Write> {
	const { recursive, ifExists = "error" } = options;
	const { store } = connection;
	const isDirectory = recursive || insideOf(address.key) === address.key;
	const absent =
		ifExists !== "replace" && (await createsIfAbsent(connection)) ? ({ absent: true } as const) : undefined;
	const isService = await hasService(shell, address.target);
	return async (item, call) => {
		if (isDirectory && item.name === "") throw new UsageError("what comes from stdin needs a key: write TARGET#NAME");
		const key = isDirectory ? insideOf(address.key) + item.name : address.key;
		const { signal } = call;
		const isChecked = ifExists === "skip" || (ifExists === "error" && absent === undefined);
		if (isChecked && (await store.has(key, { signal }))) return leave(key);
		const put = { when: absent, contentType: options.contentType ?? contentTypeOf(key), signal };
		try {
			if (isService && (item.size ?? Number.POSITIVE_INFINITY) > IN_PARTS) {
				if ((await sendInParts(key, item, call, put)) === "skipped") return leave(key);
			} else
				await store.put(key, counted(item, call), { ...put, ...(item.size !== undefined && { limit: item.size }) });
		} catch (error) {
			if (absent === undefined || !isStoreError(error, "CONFLICT")) throw error;
			return leave(key);
		}
		return "written";
	};

	/** Some servers check no condition on what is put together of parts. There it is looked first whether the object is there. */
	async function sendInParts(key: string, item: Item, call: Call, put: UploadOptions): Promise<"written" | "skipped"> {
		if (item.stored !== undefined && options.contentType === undefined) {
			const from = await sharedBucket(shell, item.stored.target, address.target);
			if (from !== undefined) return copyWithin({ bucket: from, key: item.stored.key }, key, call);
		}
		const send = (when: UploadOptions["when"]): Promise<unknown> =>
			withService(shell, address.target, (service) =>
				service.upload(key, counted(item, watched), { ...put, when, size: item.size }),
			);
		let hasBegun = false;
		const watched: Call = {
			signal: call.signal,
			moved(bytes) {
				hasBegun = true;
				call.moved(bytes);
			},
		};
		try {
			await send(put.when);
		} catch (error) {
			if (put.when === undefined || hasBegun || !isStoreError(error, "UNSUPPORTED")) throw error;
			if (await store.has(key, { signal: call.signal })) return "skipped";
			await send(undefined);
		}
		return "written";
	}

	async function copyWithin(from: CopySource, key: string, { signal, moved }: Call): Promise<"written" | "skipped"> {
		if (ifExists !== "replace" && (await store.has(key, { signal }))) return "skipped";
		let done = 0;
		const onProgress = ({ bytes }: { readonly bytes: number }): void => {
			moved(bytes - done);
			done = bytes;
		};
		await withService(shell, address.target, (service) => service.copy(from, key, { signal, onProgress }));
		return "written";
	}

	function leave(key: string): "skipped" {
		if (ifExists === "skip") return "skipped";
		throw inTheWay(formatObjectAddress({ ...address, key }));
	}
}

async function createsIfAbsent(connection: Objects["connection"]): Promise<boolean | undefined> {
	return connection.supports.createIfAbsent ?? (await connection.probe()).createIfAbsent;
}

function inTheWay(place: string): StoreError {
	return new StoreError(
		"ALREADY_EXISTS",
		`${place} is there already: another name, or --if-exists replace, or --if-exists skip`,
	);
}

/** The bytes of an item. @throws StoreError UNAVAILABLE where there are more or fewer than there were when it was looked at */
async function* counted(item: Item, { signal, moved }: Call): AsyncGenerator<Uint8Array, void, undefined> {
	let bytes = 0;
	for await (const piece of await item.open(signal)) {
		bytes += piece.byteLength;
		yield piece;
		moved(piece.byteLength);
	}
	if (item.size === undefined || item.size === bytes) return;
	throw new StoreError(
		"UNAVAILABLE",
		`${item.name} had ${item.size} bytes, and ${bytes} came: it changed while it was read, so try again`,
	);
}
