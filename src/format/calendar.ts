/** The proleptic Gregorian calendar in UTC, without leap seconds, for years of any size. */

/** Every 400 years have as many days, so that the built-in calendar of a few centuries serves for all. */
const CYCLE_YEARS = 400n;
const CYCLE_DAYS = 146097n;
const DAY_MS = 86_400_000;

export interface CalendarDay {
	readonly year: bigint;
	/** 1 to 12. */
	readonly month: number;
	/** 1 to 31. */
	readonly day: number;
}

/** Days since 1970-01-01; undefined where the calendar has no such day. */
export function daysOf({ year, month, day }: CalendarDay): bigint | undefined {
	const cycles = floorDivide(year - 1970n, CYCLE_YEARS);
	const date = new Date(Date.UTC(Number(year - cycles * CYCLE_YEARS), month - 1, day));
	if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
	return BigInt(date.getTime() / DAY_MS) + cycles * CYCLE_DAYS;
}

export function dayOf(days: bigint): CalendarDay {
	const cycles = floorDivide(days, CYCLE_DAYS);
	const date = new Date(Number(days - cycles * CYCLE_DAYS) * DAY_MS);
	const year = BigInt(date.getUTCFullYear()) + cycles * CYCLE_YEARS;
	return { year, month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** Rounds down, where `/` rounds towards zero. */
export function floorDivide(a: bigint, b: bigint): bigint {
	const quotient = a / b;
	return quotient * b > a ? quotient - 1n : quotient;
}
