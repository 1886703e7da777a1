import { type CalendarDay, dayOf, daysOf, floorDivide } from "./calendar.js";
import { NOT_A_TIME, type TimeStep, type TimeUnit } from "./times.js";

/** Attoseconds, the least that any unit can tell apart. */
export const SECOND: bigint = 10n ** 18n;
export const MILLISECOND: bigint = 10n ** 15n;
const DAY = 86_400n * SECOND;

/** The units of one length, in attoseconds. */
export const LENGTHS: { readonly [unit in TimeUnit]?: bigint } = {
	W: 7n * DAY,
	D: DAY,
	h: 3600n * SECOND,
	m: 60n * SECOND,
	s: SECOND,
	ms: MILLISECOND,
	us: 10n ** 12n,
	ns: 10n ** 9n,
	ps: 10n ** 6n,
	fs: 1000n,
	as: 1n,
};

/** The units that the calendar has, in months. */
export const CALENDAR_MONTHS: { readonly [unit in TimeUnit]?: bigint } = { Y: 12n, M: 1n };

/**
 * The count that a user's value stands for, or why there is none. Integers are counts; for points in time a `Date`, or text by ISO 8601,
 * must be a whole count, and text without an offset is UTC.
 */
export function timeFromUser(value: unknown, step: TimeStep): bigint | string {
	if (typeof value === "bigint") return inRange(value);
	if (typeof value === "number")
		return Number.isSafeInteger(value) ? BigInt(value) : "a count is an integer: use a bigint";
	if (value === "NaT") return NOT_A_TIME;
	const forms = step.kind === "M" ? 'a bigint, a Date, ISO 8601 text or "NaT"' : 'a bigint or "NaT"';
	if (step.kind === "m" || (typeof value !== "string" && !(value instanceof Date))) return `it takes ${forms}`;
	if (step.unit === "generic") return "a generic time has no unit: give the count as a bigint";
	const instant = typeof value === "string" ? parseInstant(value) : instantOf(value);
	return typeof instant === "bigint" ? countOf(instant, step) : instant;
}

function inRange(count: bigint): bigint | string {
	return BigInt.asIntN(64, count) === count ? count : "it is beyond 64 bits";
}

function instantOf(date: Date): bigint | string {
	const ms = date.getTime();
	return Number.isNaN(ms) ? 'an invalid Date is no time: use "NaT"' : BigInt(ms) * MILLISECOND;
}

const ISO =
	/^(\d{4}|[+-]\d{4,21})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,18}))?)?)?(?:Z|([+-])(\d\d):?(\d\d))?)?)?)?$/;

/** Attoseconds since 1970. */
function parseInstant(text: string): bigint | string {
	const fields = ISO.exec(text);
	if (fields === null) return "it is no time by ISO 8601, such as 2024-02-29T12:30:00.5";
	const [, year = "", month = "1", day = "1", hour = "0", minute = "0", second = "0", fraction = ""] = fields;
	const [sign, offsetHours = "0", offsetMinutes = "0"] = fields.slice(8);
	const days = daysOf({ year: BigInt(year.replace("+", "")), month: Number(month), day: Number(day) });
	const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
	if (days === undefined || !isTime || Number(offsetMinutes) > 59) return "there is no such day or time";
	const offset = (sign === "-" ? -1n : 1n) * (BigInt(offsetHours) * 60n + BigInt(offsetMinutes));
	const seconds = BigInt(hour) * 3600n + (BigInt(minute) - offset) * 60n + BigInt(second);
	return days * DAY + seconds * SECOND + BigInt(fraction.padEnd(18, "0"));
}

function countOf(instant: bigint, { unit, scaleFactor }: TimeStep): bigint | string {
	const months = CALENDAR_MONTHS[unit];
	const [amount, length] = months === undefined ? [instant, LENGTHS[unit] ?? 1n] : [monthsOf(instant), months];
	const step = length * BigInt(scaleFactor);
	if (amount === undefined || amount % step !== 0n) return `it is between two counts of ${scaleFactor} ${unit}`;
	const count = amount / step;
	return count === NOT_A_TIME ? "it is beyond 64 bits" : inRange(count);
}

/** Months since 1970-01; undefined within a month. */
function monthsOf(instant: bigint): bigint | undefined {
	const { day } = dayOf(floorDivide(instant, DAY));
	return day === 1 && instant % DAY === 0n ? monthOf(instant) : undefined;
}

/** Months since 1970-01, rounded down. */
export function monthOf(instant: bigint): bigint {
	const { year, month } = dayOf(floorDivide(instant, DAY));
	return (year - 1970n) * 12n + BigInt(month - 1);
}

/** Attoseconds since 1970; undefined where no unit tells. */
export function instantAt(count: bigint, { unit, scaleFactor }: TimeStep): bigint | undefined {
	const amount = count * BigInt(scaleFactor);
	const perUnit = CALENDAR_MONTHS[unit];
	if (perUnit === undefined) return LENGTHS[unit] && amount * LENGTHS[unit];
	const months = amount * perUnit;
	const years = floorDivide(months, 12n);
	const days = daysOf({ year: 1970n + years, month: Number(months - years * 12n) + 1, day: 1 });
	return days === undefined ? undefined : days * DAY;
}

/** Characters of a point in time that each unit shows, from the month on. */
const SHOWN: { readonly [unit in TimeUnit]?: number } = {
	...{ Y: 0, M: 3, W: 6, D: 6, h: 9, m: 12, s: 15 },
	...{ ms: 19, us: 22, ns: 25, ps: 28, fs: 31, as: 34 },
};

/** A count as text: a point in time by ISO 8601, in UTC and with the digits of its unit, `NaT`, or the number of other counts. */
export function timeText(count: bigint, step: TimeStep): string {
	if (count === NOT_A_TIME) return "NaT";
	const instant = step.kind === "M" ? instantAt(count, step) : undefined;
	if (instant === undefined) return String(count);
	const days = floorDivide(instant, DAY);
	const rest = instant - days * DAY;
	const { year, month, day } = dayOf(days);
	const two = (value: bigint | number): string => String(value).padStart(2, "0");
	const seconds = rest / SECOND;
	const time = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
	const all = `-${two(month)}-${two(day)}T${time}.${String(rest % SECOND).padStart(18, "0")}`;
	return yearText(year) + all.slice(0, SHOWN[step.unit]);
}

function yearText(year: CalendarDay["year"]): string {
	if (year >= 0n && year <= 9999n) return String(year).padStart(4, "0");
	return `${year < 0n ? "-" : "+"}${String(year < 0n ? -year : year).padStart(6, "0")}`;
}
