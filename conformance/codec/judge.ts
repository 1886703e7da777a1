/** What the codec suites judge by; every message says which case it was. */
import type { EncodedSize } from "../../src/codecs/codec.js";
import { type ErrorCode, isStoreError } from "../../src/errors.js";
import { check, sameBytes } from "../expect.js";

/** Fails unless `action` fails with a StoreError of the code; returns its message. */
export async function fails(code: ErrorCode, what: string, action: () => unknown): Promise<string> {
	try {
		await action();
	} catch (error) {
		check(isStoreError(error), `${what}: failed with ${String(error)}, a StoreError expected`);
		check(error.code === code, `${what}: failed with ${error.code} (${error.message}), ${code} expected`);
		return error.message;
	}
	throw new Error(`${what}: succeeded, ${code} expected`);
}

/** Fails if `action` changes `bytes`. */
export async function leavesAlone<T>(bytes: Uint8Array, what: string, action: () => T | Promise<T>): Promise<T> {
	const before = new Uint8Array(bytes);
	const result = await action();
	sameBytes(bytes, before, `${what} changed its input`);
	return result;
}

export function exactly(limit: number): EncodedSize {
	return { limit, exact: true };
}

export function checkSize(length: number, { limit, exact }: EncodedSize, what: string): void {
	check(
		exact ? length === limit : length <= limit,
		`${what}: ${length} bytes, ${exact ? "" : "at most "}${limit} announced`,
	);
}
