import { once } from "node:events";
import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { isStoreError, StoreError } from "../../../src/errors.js";
import { onFile, skipBytes } from "../file-access.js";
import { optionalPackage } from "../optional-package.js";

/** A member of a zip file. */
export interface Member {
	readonly name: string;
	/** Bytes, uncompressed. */
	readonly size: number;
	/** The bytes from `start` on; their checksum is verified where they are read to the end. */
	bytes(start: number): AsyncIterable<Uint8Array>;
}

/** The members of a zip file. @throws StoreError CORRUPT, NOT_FOUND */
export async function readMembers(path: string): Promise<Member[]> {
	return withArchive(path, async (archive) => {
		const members: Member[] = [];
		for await (const entry of archive.eachEntry())
			members.push({
				name: entry.fileName,
				size: entry.uncompressedSize,
				bytes: (start) => memberBytes(path, entry, start),
			});
		return members;
	});
}

async function openArchive(path: string): Promise<ZipFile> {
	const { openPromise } = await optionalPackage("yauzl", "reading npz files", () => import("yauzl"));
	return onFile(path, () => openPromise(path, { autoClose: false }));
}

async function withArchive<T>(path: string, work: (archive: ZipFile) => Promise<T>): Promise<T> {
	let archive: ZipFile | undefined;
	try {
		archive = await openArchive(path);
		return await work(archive);
	} catch (error) {
		throw damaged(path, error);
	} finally {
		archive?.close();
	}
}

/** What the zip library complains of is the file's fault. */
function damaged(what: string, error: unknown): unknown {
	if (isStoreError(error)) return error;
	return new StoreError("CORRUPT", `${what} is no zip file, or a damaged one: ${(error as Error).message}`, {
		cause: error,
	});
}

async function* memberBytes(path: string, entry: Entry, start: number): AsyncGenerator<Uint8Array, void, undefined> {
	const name = `${entry.fileName} in ${path}`;
	if (!entry.canDecodeFileData())
		throw new StoreError("UNSUPPORTED", `${name} is encrypted, or compressed in another way than by deflate`);
	const archive = await openArchive(path);
	try {
		yield* skipBytes(checked(await archive.openReadStreamPromise(entry), entry.crc32, name), start);
	} catch (error) {
		throw damaged(name, error);
	} finally {
		archive.close();
		await once(archive, "close");
	}
}

async function* checked(
	pieces: AsyncIterable<Uint8Array>,
	expected: number,
	name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
	let sum = 0;
	for await (const piece of pieces) {
		sum = crc32(piece, sum);
		yield piece;
	}
	if (sum !== expected) throw new StoreError("CORRUPT", `${name} is damaged: its checksum is wrong`);
}
