import { StoreError } from "../../../../src/errors.js";

const UNITS: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `12h`, `1d`, or milliseconds: milliseconds. @throws StoreError INVALID_ARGUMENT */
export function durationOf(given: number | string): number {
	if (typeof given === "number" && given >= 0 && Number.isFinite(given)) return given;
	const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(String(given)) ?? [];
	if (typeof given === "string" && count !== undefined) return Number(count) * (UNITS[unit] ?? 0);
	throw new StoreError(
		"INVALID_ARGUMENT",
		`${JSON.stringify(given)} is no time: write 90m, 12h or 1d, or a number of milliseconds`,
	);
}
