/** Counts of time for people: as a `Date`, as text. */
import { StoreError } from "../errors.js";
import { floorDivide } from "../format/calendar.js";
import { dataTypeFromUser } from "../format/data-type-metadata.js";
import type { DTypeLike } from "../format/data-types.js";
import { excerpt } from "../format/json.js";
import { instantAt, MILLISECOND, timeText } from "../format/time-values.js";
import { NOT_A_TIME } from "../format/times.js";

/**
 * The point in time of a count, as a `Date`, whose milliseconds are rounded down; undefined for NaT.
 * @param dtype of the array that the count is from, such as `dataset.dtype`
 * @throws StoreError INVALID_ARGUMENT where that has no points in time, OUT_OF_BOUNDS beyond 271,821 BC and AD 275,760, where `Date` ends
 */
export function toDate(count: bigint, dtype: DTypeLike): Date | undefined {
	const { name, time } = dataTypeFromUser(dtype);
	if (time?.kind !== "M" || time.unit === "generic")
		throw new StoreError("INVALID_ARGUMENT", `${excerpt(name)} has no points in time: use one such as datetime64[ms]`);
	if (count === NOT_A_TIME) return undefined;
	const date = new Date(Number(floorDivide(instantAt(count, time) ?? 0n, MILLISECOND)));
	if (Number.isNaN(date.getTime()))
		throw new StoreError("OUT_OF_BOUNDS", `no Date is as far from 1970 as ${timeText(count, time)}: use formatTime`);
	return date;
}

/**
 * A count as text: for points in time by ISO 8601, in UTC and with all the digits of the unit, so that `set` reads the same count; `NaT`; and the
 * number where a count is no point in time.
 * @param dtype of the array that the count is from, such as `dataset.dtype`
 * @throws StoreError INVALID_ARGUMENT for a type without time
 */
export function formatTime(count: bigint, dtype: DTypeLike): string {
	const { name, time } = dataTypeFromUser(dtype);
	if (time !== undefined) return timeText(count, time);
	throw new StoreError("INVALID_ARGUMENT", `${excerpt(name)} is no time: use one such as datetime64[ms]`);
}
