/** What points and spans of time count: NumPy's units (registry of extensions, `numpy.datetime64` and `numpy.timedelta64`). */

import { type ErrorCode, StoreError } from "../errors.js";
import { excerpt } from "./json.js";

const UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic"] as const;
export type TimeUnit = (typeof UNITS)[number];

/** The Greek letter, by which the registry and NumPy know microseconds as well. */
const MU_SECONDS = "\u03bcs";

const LARGEST_SCALE = 2 ** 31 - 1;

/** The value that is no time, as NaN is no number. */
export const NOT_A_TIME: bigint = -(2n ** 63n);

export interface TimeStep {
	/** Points in time since 1970 (datetime), or spans (timedelta). */
	readonly kind: "M" | "m";
	readonly unit: TimeUnit;
	/** A count of 1 is so many units. */
	readonly scaleFactor: number;
	/** The unit as the metadata has it. */
	readonly spelling: string;
}

/** @throws StoreError with `code` where there is no such unit, or the factor is out of range */
export function timeStep(kind: "M" | "m", spelling: unknown, scaleFactor: unknown, code: ErrorCode): TimeStep {
	const unit = UNITS.find((known) => known === (spelling === MU_SECONDS ? "us" : spelling));
	if (unit === undefined)
		throw new StoreError(code, `the unit of time is ${describe(spelling)}, not one of ${UNITS.join(", ")}`);
	if (!Number.isInteger(scaleFactor) || (scaleFactor as number) < 1 || (scaleFactor as number) > LARGEST_SCALE)
		throw new StoreError(
			code,
			`the scale_factor of time is an integer from 1 to ${LARGEST_SCALE}, not ${describe(scaleFactor)}`,
		);
	return { kind, unit, scaleFactor: scaleFactor as number, spelling: spelling as string };
}

const NAME = /^(?:numpy\.)?(datetime|timedelta)64\[(\d{0,10})(\D{1,8})\]$/;

function describe(value: unknown): string {
	if (typeof value === "object" && value !== null) return "a list or an object";
	return typeof value === "string" ? excerpt(JSON.stringify(value)) : excerpt(String(value));
}

/**
 * What a name such as `numpy.datetime64[10us]` or `datetime64[ns]` says; undefined where it is no such name.
 * @throws StoreError INVALID_ARGUMENT naming the unit or the factor that there is not
 */
export function parseTimeName(name: string): TimeStep | undefined {
	const [, family, factor = "", unit] = NAME.exec(name) ?? [];
	if (family === undefined) return undefined;
	return timeStep(family === "datetime" ? "M" : "m", unit, factor === "" ? 1 : Number(factor), "INVALID_ARGUMENT");
}
