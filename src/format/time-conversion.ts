/** Counts of one unit of time as those of another, as NumPy converts them: rounded down, and by the calendar where months are counted. */
import { floorDivide } from "./calendar.js";
import { CALENDAR_MONTHS, instantAt, LENGTHS, monthOf, SECOND } from "./time-values.js";
import { NOT_A_TIME, type TimeStep, type TimeUnit } from "./times.js";

/** Of a year in the long run; what NumPy takes for spans where any casting is allowed. */
const MEAN_YEAR = 31_556_952n * SECOND;

/** Undefined where the result is beyond 64 bits. NaT stays. */
export type ConvertCount = (count: bigint) => bigint | undefined;

/**
 * How counts become those of another unit; undefined where that has no meaning. Points in time and spans are apart. Spans of months, whose
 * length differs, are years or months only, or, with `unsafe`, of the mean length. A generic count becomes one of any unit, and none a generic one.
 */
export function timeConversion(from: TimeStep, to: TimeStep, unsafe: boolean): ConvertCount | undefined {
	if (from.kind !== to.kind || (to.unit === "generic" && from.unit !== "generic")) return undefined;
	const convert = from.unit === "generic" ? (count: bigint): bigint => count : between(from, to, unsafe);
	return (
		convert &&
		((count) => {
			if (count === NOT_A_TIME) return count;
			const converted = convert(count);
			return converted === NOT_A_TIME || BigInt.asIntN(64, converted) !== converted ? undefined : converted;
		})
	);
}

type Convert = (count: bigint) => bigint;

function between(from: TimeStep, to: TimeStep, unsafe: boolean): Convert | undefined {
	const [fromMonths, toMonths] = [CALENDAR_MONTHS[from.unit], CALENDAR_MONTHS[to.unit]];
	if ((fromMonths === undefined) === (toMonths === undefined))
		return ratio(stepOf(from, fromMonths ?? LENGTHS[from.unit]), stepOf(to, toMonths ?? LENGTHS[to.unit]));
	if (from.kind === "m")
		return unsafe ? ratio(stepOf(from, meanLength(from.unit)), stepOf(to, meanLength(to.unit))) : undefined;
	if (toMonths === undefined) {
		const step = stepOf(to, LENGTHS[to.unit]);
		return (count) => floorDivide(instantAt(count, from) ?? 0n, step);
	}
	const [step, target] = [stepOf(from, LENGTHS[from.unit]), stepOf(to, toMonths)];
	return (count) => floorDivide(monthOf(count * step), target);
}

function stepOf({ scaleFactor }: TimeStep, length = 1n): bigint {
	return BigInt(scaleFactor) * length;
}

function meanLength(unit: TimeUnit): bigint | undefined {
	const months = CALENDAR_MONTHS[unit];
	return months === undefined ? LENGTHS[unit] : (months * MEAN_YEAR) / 12n;
}

function ratio(from: bigint, to: bigint): Convert {
	if (from % to === 0n) return (count) => count * (from / to);
	return (count) => floorDivide(count * from, to);
}
