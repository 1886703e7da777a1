/**
 * Casting on writes. Plain values (numbers, bigints, booleans) must be representable: floats round, but not to infinity, and bigints do
 * not even round. Typed arrays cast as NumPy's `same_kind` allows (kinds in order: bool, unsigned, signed, float, complex;
 * within a kind and upwards), with integers wrapping and floats rounding, also to infinity; other casts must keep every value.
 * `unsafe` truncates and wraps as NumPy's `astype`; NaN and infinities, which NumPy leaves to the machine, become the integer 0.
 */
import { StoreError } from "../errors.js";
import type { DataType, Kind, TypedArray } from "../format/data-types.js";
import { timeConversion } from "../format/time-conversion.js";
import { timeFromUser, timeText } from "../format/time-values.js";
import { allocate } from "./allocate.js";
import * as rows from "./convert-rows.js";
import { describe, list } from "./describe.js";
import { integerRange, plainConverter } from "./plain-values.js";
import { className } from "./typed-arrays.js";
import { product, rowMajor, rowsOf, type StridedView, unravel, type View } from "./view.js";

export type Casting = "same_kind" | "unsafe";

/** Values that were not cast yet. */
export interface Source extends StridedView<TypedArray | readonly unknown[]> {
	/** The type of the values; undefined for plain ones. Without components: they are an axis here. */
	readonly type: DataType | undefined;
	/** Index of the first value, for messages, where it is not the first of all. */
	readonly origin?: readonly number[] | undefined;
}

/** Kinds in NumPy's order; raw bits are a kind apart, and seen as bytes here. Boxed entries never come here. */
const KIND_ORDER: { readonly [kind in Kind]: number } = {
	...{ b: 0, u: 1, i: 2, M: 2, m: 2, f: 3, c: 4, V: 5 },
	...{ U: 6, S: 6, R: 6, O: 6 },
};

/** NumPy's `can_cast(from, to, "same_kind")` for types without components. */
export function canCastSameKind(from: DataType, to: DataType): boolean {
	return KIND_ORDER[from.kind] <= KIND_ORDER[to.kind];
}

/**
 * Counts of time keep their meaning: they are converted between units, or refused; as plain integers they go elsewhere where casting is unsafe.
 * @throws StoreError INVALID_ARGUMENT
 */
export function checkTimes(from: DataType | undefined, to: DataType, casting: Casting | undefined): void {
	if (from?.time === undefined || from.name === to.name) return;
	if (to.time !== undefined) {
		if (timeConversion(from.time, to.time, casting === "unsafe") !== undefined) return;
		const isMean = casting !== "unsafe" && timeConversion(from.time, to.time, true) !== undefined;
		const advice = isMean
			? 'pass { casting: "unsafe" } to take years and months of mean length'
			: "convert the values first";
		throw invalid(`${from.name} does not count what ${to.name} counts: ${advice}`);
	}
	if (casting !== "unsafe")
		throw invalid(`${from.name} does not become ${to.name}: pass { casting: "unsafe" } to take its counts as numbers`);
}

/**
 * The values as the typed array of `to`, which has no components: the source itself where it is one already, else a row-major copy, in
 * which axes of stride 0 still have stride 0.
 * @throws StoreError INVALID_ARGUMENT naming the first value that does not convert and its index
 */
export function cast(source: Source, to: DataType, casting: Casting): View {
	const { shape, stride, offset } = source;
	const unrepeated = shape.map((length, d) => (stride[d] === 0 ? Math.min(length, 1) : length));
	const distinct = { ...source, shape: unrepeated };
	if (isAlready(distinct, to, casting)) return { data: source.data as TypedArray, shape, stride, offset };
	const data = new to.Array(allocate(product(unrepeated) * to.Array.BYTES_PER_ELEMENT));
	castInto(distinct, { data, offset: 0, step: 1 }, to, casting);
	const copied = rowMajor(unrepeated).map((step, d) => (stride[d] === 0 ? 0 : step));
	return { data, shape, stride: copied, offset: 0 };
}

/** Whether the values may stay as they are: in the right class of typed array, and nothing but 0 and 1 where this is bool. */
function isAlready(source: Source, to: DataType, casting: Casting): boolean {
	if (source.type === undefined || className(source.data) !== to.Array.name) return false;
	if (hasOtherUnit(source.type, to)) return false;
	if (to.kind !== "b" || source.type.kind === "b") return true;
	const offender = findFirst(source, rows.findNoBoolean);
	if (offender !== undefined && casting !== "unsafe") throw refusal(source, offender, to);
	return offender === undefined;
}

function hasOtherUnit(from: DataType, to: DataType): boolean {
	return from.time !== undefined && to.time !== undefined && from.name !== to.name;
}

/** Where cast values go: one after the other, `step` entries apart. */
export interface Target {
	readonly data: TypedArray;
	readonly offset: number;
	readonly step: number;
}

/** As {@link cast}, into memory that is there already. */
export function castInto(source: Source, target: Target, to: DataType, casting: Casting): void {
	const convert =
		source.type === undefined
			? plainConverter(to, casting === "unsafe")
			: typedConverter(source.type, to, casting === "unsafe");
	const offender = findFirst(source, convert, target);
	if (offender !== undefined) throw refusal(source, offender, to);
}

/** Runs a converter over all rows, up to the first element that it stops at, whose position in the array it returns. */
export function findFirst(source: Source, convert: rows.RowConverter, target?: Target): number | undefined {
	const { length, step, forEach } = rowsOf(source);
	const { data: to, offset: toStart, step: toStep } = target ?? { data: new Uint8Array(0), offset: 0, step: 0 };
	const row = { from: source.data, fromStep: step, fromOffset: 0, to, toStep, toOffset: 0, count: length };
	let offender: number | undefined;
	forEach((offset, number) => {
		row.fromOffset = offset;
		row.toOffset = toStart + number * length * toStep;
		const position = convert(row);
		if (position >= 0) offender = number * length + position;
		return position < 0;
	});
	return offender;
}

function typedConverter(from: DataType, to: DataType, unsafe: boolean): rows.RowConverter {
	const counts = from.time && to.time && hasOtherUnit(from, to) && timeConversion(from.time, to.time, unsafe);
	if (counts) return rows.convertCounts(counts);
	const fromBig = isBigInteger(from);
	const toBig = isBigInteger(to);
	// Never so for floats: no kind that reaches here is above theirs.
	const exactly = !unsafe && !canCastSameKind(from, to);
	if (to.kind === "b" && from.kind !== "b") return unsafe ? rows.truthOf : exactBooleans;
	if (isSmallFloat(to) && from.itemSize >= 4) return from.name === "float32" ? rows.copyRow : rows.roundToSmallFloat;
	if (fromBig && to.kind === "f") return rows.roundBigints;
	if (exactly && to.bits < 8) return rows.fitWithin(integerRange(to) as readonly [number, number]);
	if (fromBig && !toBig) return exactly ? rows.fitBigints : rows.wrapBigints;
	if (!fromBig && toBig) return exactly ? rows.fitToBigints : rows.truncateToBigints;
	return exactly ? rows.copyRowExactly : rows.copyRow;
}

/** Presented as float32, which it is rounded from once more when it is stored. */
function isSmallFloat({ kind, wordSize }: DataType): boolean {
	return kind === "f" && wordSize < 4;
}

function isBigInteger({ itemSize, kind }: DataType): boolean {
	return itemSize === 8 && (kind === "i" || kind === "u" || kind === "M" || kind === "m");
}

function exactBooleans(row: rows.Row): number {
	const offender = rows.findNoBoolean(row);
	if (offender < 0) rows.truthOf(row);
	return offender;
}

function refusal(source: Source, position: number, to: DataType): StoreError {
	const index = unravel(position, source.shape);
	const value: unknown = source.data[index.reduce((at, i, d) => at + i * (source.stride[d] as number), source.offset)];
	const place = index.map((i, d) => i + (source.origin?.[d] ?? 0));
	const where = index.length === 0 ? "" : ` at index ${list(place)}`;
	if (source.type?.time !== undefined && to.time !== undefined)
		return invalid(
			`${timeText(value as bigint, source.type.time)} (${source.type.name})${where} is beyond what ${to.name} counts to: choose a coarser unit`,
		);
	if (to.time !== undefined && source.type === undefined)
		return invalid(`${describe(value)}${where} is no value of ${to.name}: ${timeFromUser(value, to.time)}`);
	if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "boolean")
		return invalid(`${describe(value)}${where} is not a value of ${to.name}: give a number, bigint or boolean`);
	const from = source.type === undefined ? "" : ` (${source.type.name})`;
	const advice = 'convert it first, or pass { casting: "unsafe" } to truncate and wrap';
	return invalid(
		`value ${describe(value)}${from}${where} does not fit ${to.name}, which ${abilityOf(to, value)}: ${advice}`,
	);
}

function abilityOf(to: DataType, value: unknown): string {
	if (to.kind === "b") return "holds true and false (1 and 0)";
	if (to.kind === "f" && typeof value === "bigint") return "would round it";
	if (to.kind === "f") return to.float?.infinity ? "would make it infinite" : "has no value near it";
	const [min, max] = integerRange(to);
	return `holds integers from ${min} to ${max}`;
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
