import { StoreError } from "../errors.js";

/** @throws StoreError INVALID_ARGUMENT where an option is no whole number from `least` to `most`; Infinity counts as one */
export function checkWhole(name: string, value: number, least: number, most: number = Number.POSITIVE_INFINITY): void {
	const isWhole = Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY;
	if (isWhole && value >= least && value <= most) return;
	const range = most === Number.POSITIVE_INFINITY ? `≥ ${least}` : `from ${least} to ${most}`;
	throw new StoreError("INVALID_ARGUMENT", `${name} is a whole number ${range}, not ${String(value)}`);
}
