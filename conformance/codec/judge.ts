/** How the codec suites fail a test: with a message that says which case it was. */
import type { EncodedSize } from "../../src/codecs/codec.js";
import { isStoreError } from "../../src/errors.js";

/** @throws Error that fails the test */
export function check(condition: boolean, message: string): asserts condition {
	if (!condition) throw new Error(message);
}

export function sameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
	check(actual.length === expected.length, `${what}: ${actual.length} bytes, ${expected.length} expected`);
	const first = actual.findIndex((byte, i) => byte !== expected[i]);
	check(first === -1, `${what}: byte ${first} is ${actual[first]}, ${expected[first]} expected`);
}

/** Fails unless `action` fails with a StoreError of the code; returns its message. */
export async function fails(code: string, what: string, action: () => unknown): Promise<string> {
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
