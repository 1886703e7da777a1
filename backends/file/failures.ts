import { type ErrorCode, isStoreError, StoreError } from "../../src/errors.js";

type SystemError = NodeJS.ErrnoException;

export function isSystemError(error: unknown, ...codes: string[]): error is SystemError {
	return error instanceof Error && codes.includes((error as SystemError).code ?? "");
}

const FAILURES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
	EACCES: ["FORBIDDEN", "the file system does not allow it: check the owner and mode of the file and its directories"],
	EPERM: [
		"FORBIDDEN",
		"the file system does not allow it: check the owner, mode and flags of the file and its directories",
	],
	EROFS: ["READ_ONLY", 'the file system is mounted read only: open the store with mode "r", or remount it'],
	ENOSPC: ["NO_SPACE", "the disk is full: free some space and write again; the old object is still whole"],
	EDQUOT: ["NO_SPACE", "the disk quota is used up: free some space and write again; the old object is still whole"],
	EFBIG: [
		"NO_SPACE",
		"the file would be larger than the file system or the process's limit allows: use smaller chunks",
	],
	EMFILE: ["UNAVAILABLE", "the process has too many files open: lower `concurrency` or raise `ulimit -n`"],
	ENFILE: ["UNAVAILABLE", "the system has too many files open: try again later"],
	EIO: ["UNAVAILABLE", "the disk reports an error: look into the system's log before trying again"],
	ESTALE: ["UNAVAILABLE", "the file server has lost the file's handle: try again"],
	ENAMETOOLONG: ["INVALID_ARGUMENT", "the name is longer than the file system allows: use shorter names"],
	ENOTDIR: [
		"INVALID_ARGUMENT",
		"a part of the key before a slash is an object itself, and a directory cannot hold both",
	],
	EEXIST: [
		"INVALID_ARGUMENT",
		"a part of the key before a slash is an object itself, and a directory cannot hold both",
	],
	EISDIR: ["INVALID_ARGUMENT", "other objects are stored below that name, and a directory cannot hold both"],
	ENOTEMPTY: ["INVALID_ARGUMENT", "other objects are stored below that name, and a directory cannot hold both"],
	ELOOP: ["INVALID_ARGUMENT", "symbolic links on the way to it lead in a circle: remove one of them"],
	ENOENT: ["UNAVAILABLE", "its directory was removed by another program meanwhile: try again"],
};

export function directoryInTheWay(key: string): StoreError {
	return failureOf({ code: "EISDIR" }, key, "written");
}

/**
 * The StoreError of what the file system threw.
 * @param done what was to be done to the object, in the passive: `read`, `written`
 */
export function failureOf(error: unknown, key: string, done: string): StoreError {
	if (isStoreError(error)) return error;
	const code = (error as SystemError | undefined)?.code ?? "";
	const [kind, advice] = FAILURES[code] ?? ["INTERNAL", `the file system answered ${code || String(error)}`];
	return new StoreError(kind, `${JSON.stringify(key)} cannot be ${done}: ${advice}`, { key, cause: error });
}
