import { StoreError } from "../../src/errors.js";

/** @throws StoreError INVALID_ARGUMENT on an option that the backend does not have, listing those it has */
export function checkOptionNames(backend: string, options: Record<string, unknown>, known: readonly string[]): void {
	const unknown = Object.keys(options).find((name) => !known.includes(name));
	if (unknown === undefined) return;
	throw new StoreError(
		"INVALID_ARGUMENT",
		`the backend ${backend} has no option ${JSON.stringify(unknown)}: it has ${known.join(", ")}`,
	);
}
