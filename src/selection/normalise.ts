/** Checks a selection against the shape of an array and brings it into the one form that plans are made from. */
import { StoreError } from "../errors.js";
import { describe } from "../values/describe.js";
import { isTypedArray, typeOfArray } from "../values/typed-arrays.js";
import { type ParsedSelection, parseSelection } from "./parse.js";
import type { AxisSelection } from "./plan.js";
import {
	elements,
	isNdArray,
	type Mask,
	mask,
	type NormalSelection,
	type Selection,
	type SelectionEntry,
	type Slice,
	selectionKind,
} from "./selection.js";

/** One axis of the array that is selected from. */
interface Axis {
	readonly number: number;
	readonly length: number;
	readonly name: string | null | undefined;
}

type DimensionNames = readonly (string | null)[];

/**
 * The normal form of a selection from an array of `shape` (axis lengths up to 2^53). Semantics are NumPy's, lists and masks orthogonal.
 * @param dimensionNames names that an object or `z=3` in a string may use
 * @throws StoreError OUT_OF_BOUNDS where an index is outside its axis, INVALID_ARGUMENT for everything else that is wrong
 */
export function normalise(
	selection: Selection,
	shape: readonly number[],
	dimensionNames: DimensionNames = [],
): NormalSelection {
	const written = readSelection(selection);
	const entries = written instanceof Map ? placeNamed(written, shape, dimensionNames) : (written as SelectionEntry[]);
	const axes: AxisSelection[] = [];
	const resultShape: number[] = [];
	const resultAxis: number[] = [];
	for (const entry of complete(entries, shape.length)) {
		if (kindOf(entry) === "newaxis") {
			resultShape.push(1);
			continue;
		}
		const number = axes.length;
		const axis = selectAxis(entry, { number, length: shape[number] ?? 0, name: dimensionNames[number] });
		const dropped = isInteger(entry);
		axes.push(axis);
		resultAxis.push(dropped ? -1 : resultShape.length);
		if (!dropped) resultShape.push(axis.kind === "list" ? axis.indices.length : axis.count);
	}
	return { axes, shape: resultShape, resultAxis };
}

function readSelection(selection: Selection): ParsedSelection {
	if (typeof selection === "string") return parseSelection(selection);
	if (Array.isArray(selection))
		return selection.flatMap((entry) => (typeof entry === "string" ? spliced(entry) : [entry]));
	if (isPlainObject(selection)) return new Map(Object.entries(selection));
	return [selection as SelectionEntry];
}

/** The entries that a string stands for within a tuple. */
function spliced(text: string): readonly SelectionEntry[] {
	const entries = parseSelection(text);
	if (entries instanceof Map)
		throw invalid(`${JSON.stringify(text)} names axes and so cannot stand among other entries: use { name: entry, … }`);
	return entries as readonly SelectionEntry[];
}

/** An object that names axes, rather than an entry of the grammar or an array. */
function isPlainObject(value: unknown): value is { readonly [name: string]: SelectionEntry } {
	if (typeof value !== "object" || value === null || kindOf(value) !== undefined || isNdArray(value)) return false;
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function kindOf(entry: unknown): "slice" | "mask" | "ellipsis" | "newaxis" | undefined {
	return typeof entry === "object" && entry !== null ? (entry as Partial<Slice | Mask>)[selectionKind] : undefined;
}

function isInteger(entry: unknown): entry is number | bigint {
	return typeof entry === "number" || typeof entry === "bigint";
}

/** Entries by axis name, put where their axes are. */
function placeNamed(
	named: ReadonlyMap<string, SelectionEntry>,
	shape: readonly number[],
	names: DimensionNames,
): SelectionEntry[] {
	const entries = new Array<SelectionEntry>(shape.length).fill(null);
	for (const [name, entry] of named) {
		const number = names.indexOf(name);
		if (number < 0) throw invalid(`no axis is named ${JSON.stringify(name)}: ${listNames(names)}`);
		if (names.includes(name, number + 1))
			throw invalid(`several axes are named ${JSON.stringify(name)}, so select by position: ${listNames(names)}`);
		const [one, ...more] = typeof entry === "string" ? spliced(entry) : [entry];
		const kind = kindOf(one);
		if (one === undefined || more.length > 0 || kind === "ellipsis" || kind === "newaxis")
			throw invalid(
				`axis ${JSON.stringify(name)} takes one index, slice, list or mask, not ${kind ?? describe(entry)}`,
			);
		entries[number] = one;
	}
	return entries;
}

function listNames(names: DimensionNames): string {
	if (!names.some((name) => name !== null)) return "the axes of this array have no names";
	return `the axes are ${names.map((name) => JSON.stringify(name)).join(", ")}`;
}

/** Replaces the ellipsis by whole axes, one per axis that no other entry takes; without one they follow at the end. */
function complete(entries: readonly SelectionEntry[], rank: number): SelectionEntry[] {
	const ellipses = entries.filter((entry) => kindOf(entry) === "ellipsis").length;
	if (ellipses > 1) throw invalid("a selection holds at most one ellipsis: write null for a single whole axis");
	const taken = entries.filter((entry) => kindOf(entry) !== "ellipsis" && kindOf(entry) !== "newaxis").length;
	if (taken > rank) throw tooMany(entries, taken, rank);
	const whole = new Array<SelectionEntry>(rank - taken).fill(null);
	if (ellipses === 0) return [...entries, ...whole];
	return entries.flatMap((entry) => (kindOf(entry) === "ellipsis" ? whole : [entry]));
}

function tooMany(entries: readonly unknown[], taken: number, rank: number): StoreError {
	const advice = entries.every((entry) => isInteger(entry) || typeof entry === "boolean")
		? "the outermost array is the tuple of axes; to pick several indices of one axis nest them, as in [[0, 2, 5]]"
		: "give at most one per axis";
	return invalid(`${taken} entries for an array of ${rank} ${rank === 1 ? "axis" : "axes"}: ${advice}`);
}

function selectAxis(entry: SelectionEntry, axis: Axis): AxisSelection {
	if (entry === null) return range(0, 1, axis.length);
	if (isInteger(entry)) return range(resolve(entry, axis, undefined), 1, 1);
	switch (kindOf(entry)) {
		case "slice":
			return selectSlice(entry as Slice, axis.length);
		case "mask":
			return selectMask(entry as Mask, axis);
		default:
			return selectList(entry, axis);
	}
}

/** As CPython's `slice.indices(length)`. */
function selectSlice(slice: Slice, length: number): AxisSelection {
	const step = slice.step ?? 1;
	const [lower, upper] = step > 0 ? [0, length] : [-1, length - 1];
	const clip = (bound: number) => (bound < 0 ? Math.max(bound + length, lower) : Math.min(bound, upper));
	const start = slice.start === null ? (step > 0 ? lower : upper) : clip(slice.start);
	const stop = slice.stop === null ? (step > 0 ? upper : lower) : clip(slice.stop);
	const distance = step > 0 ? stop - start : start - stop;
	// Exact: no quotient of integers up to 2^53 is near enough to the next integer to be rounded to it.
	return range(start, step, distance > 0 ? Math.ceil(distance / Math.abs(step)) : 0);
}

/** One form for what is the same: a step means nothing below two indices, a start nothing below one. */
function range(start: number, step: number, count: number): AxisSelection {
	return { kind: "range", start: count > 0 ? start : 0, step: count > 1 ? step : 1, count };
}

function selectMask({ values }: Mask, axis: Axis): AxisSelection {
	if (values.length !== axis.length)
		throw invalid(
			`the mask for ${label(axis)} has ${values.length} values: it needs one for each of ${axis.length} indices`,
		);
	const indices = new Float64Array(values.reduce((sum, value) => sum + value, 0));
	let count = 0;
	for (let i = 0; i < values.length; i++) if (values[i] === 1) indices[count++] = i;
	return { kind: "list", indices };
}

function selectList(entry: unknown, axis: Axis): AxisSelection {
	const array = isNdArray(entry) ? entry.data : entry;
	if (isTypedArray(array) && typeOfArray(array).kind === "f")
		throw invalid(`the index list for ${label(axis)} is ${describe(array)}: indices are integers, as in an Int32Array`);
	if (!isNdArray(entry) && !Array.isArray(entry) && !isTypedArray(entry)) throw notAnEntry(entry, axis);
	const values = elements(entry, `the index list for ${label(axis)}`);
	if (typeof values[0] === "boolean") return selectMask(mask(booleans(values, axis)), axis);
	const indices = new Float64Array(values.length);
	for (let i = 0; i < indices.length; i++) indices[i] = resolve(values[i], axis, i);
	return { kind: "list", indices };
}

function booleans(values: ArrayLike<unknown>, axis: Axis): boolean[] {
	return Array.from(values, (value, position) => {
		if (typeof value === "boolean") return value;
		throw invalid(
			`the mask for ${label(axis)} holds ${describe(value)} at position ${position}: it takes only true and false`,
		);
	});
}

/** The index counted from the beginning of the axis; `position` is its place in a list, where it is in one. */
function resolve(value: unknown, axis: Axis, position: number | undefined): number {
	if (!isInteger(value) || (typeof value === "number" && !Number.isInteger(value))) {
		if (position === undefined) throw notAnEntry(value, axis);
		const advice = `an index is an integer${nested(value)}`;
		throw invalid(`${describe(value)} at position ${position} of the list for ${label(axis)} is no index: ${advice}`);
	}
	// Compared before it is converted: a bigint may be rounded, but none within an axis is.
	if (value >= -axis.length && value < axis.length) {
		const index = Number(value);
		return index < 0 ? index + axis.length : index + 0;
	}
	const where = position === undefined ? "" : ` at position ${position} of the list`;
	const advice = axis.length === 0 ? "the axis is empty" : `use ${-axis.length} to ${axis.length - 1}`;
	throw new StoreError(
		"OUT_OF_BOUNDS",
		`index ${value}${where} is out of bounds for ${label(axis)} of length ${axis.length}: ${advice}`,
	);
}

function nested(value: unknown): string {
	return Array.isArray(value) || isTypedArray(value)
		? ", and index lists are 1-D (to pick single points use points(…))"
		: "";
}

function notAnEntry(entry: unknown, axis: Axis): StoreError {
	const advice =
		typeof entry === "boolean"
			? "a mask is nested, as in [[true, false, true]], or made by mask(…)"
			: entry === undefined
				? "null is the whole axis"
				: typeof entry === "number"
					? "an index is an integer"
					: "use an integer, slice(…), null, ellipsis, newaxis, a nested array of integers, or mask(…)";
	return invalid(`${describe(entry)} cannot select from ${label(axis)}: ${advice}`);
}

function label(axis: Axis): string {
	return typeof axis.name === "string" ? `axis ${axis.number} (${JSON.stringify(axis.name)})` : `axis ${axis.number}`;
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
