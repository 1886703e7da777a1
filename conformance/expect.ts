import { type ErrorCode, isStoreError } from "../src/errors.js";

/** The suites' own assertions: plain errors, so that any test runner shows them. */

export function check(condition: unknown, message: string): asserts condition {
	if (!condition) throw new Error(message);
}

/** Numbers, strings, and plain arrays of them. */
export function equal(actual: unknown, expected: unknown, message: string): void {
	const [a, b] = [show(actual), show(expected)];
	check(a === b, `${message}: ${a}, not ${b}`);
}

function show(value: unknown): string {
	return value === undefined ? "undefined" : JSON.stringify(value);
}

export function sameBytes(actual: Uint8Array | undefined, expected: Uint8Array, message: string): void {
	check(actual instanceof Uint8Array, `${message}: there are no bytes`);
	equal(actual.byteLength, expected.byteLength, `${message}: length`);
	const at = firstDifference(bytesOf(actual), bytesOf(expected));
	if (at !== undefined) check(false, `${message}: byte ${at} is ${actual[at]}, not ${expected[at]}`);
}

/** A million of bytes is compared at a time: what is not a plain view of them would make that slow. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
	return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Where bytes of the same length differ first. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
	for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return i;
	return undefined;
}

/** The call must fail with a StoreError of `code`. */
export async function rejects(call: () => Promise<unknown>, code: ErrorCode, message: string): Promise<void> {
	let outcome: unknown;
	try {
		outcome = await call();
	} catch (error) {
		check(isStoreError(error, code), `${message}: expected a StoreError ${code}, but got ${describe(error)}`);
		return;
	}
	check(false, `${message}: expected a StoreError ${code}, but the call returned ${show(outcome)}`);
}

/** True where the call succeeded, false where it failed with `code`; any other failure is thrown on. */
export async function succeeds(call: () => Promise<unknown>, code: ErrorCode): Promise<boolean> {
	try {
		await call();
		return true;
	} catch (error) {
		if (isStoreError(error, code)) return false;
		throw error;
	}
}

function describe(error: unknown): string {
	return isStoreError(error) ? `${error.code}: ${error.message}` : String(error);
}
