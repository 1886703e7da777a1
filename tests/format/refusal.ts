import { expect } from "vitest";
import type { ErrorCode, StoreError } from "../../dist/src/errors.js";
import { isStoreError } from "../../dist/src/errors.js";

/** The StoreError that `run` throws; anything else fails the test. */
export function refusalOf(run: () => unknown): StoreError {
	try {
		run();
	} catch (error) {
		if (isStoreError(error)) return error;
		throw error;
	}
	return expect.unreachable("nothing was refused");
}

/** Asserts that `run` is refused with a code and a message that contains every part. */
export function expectRefusal(run: () => unknown, code: ErrorCode, ...parts: readonly string[]): void {
	const error = refusalOf(run);
	expect.soft(error.code, error.message).toBe(code);
	for (const part of parts) expect.soft(error.message).toContain(part);
}
