import { StoreError } from "../errors.js";
import { list } from "./describe.js";

/** Deeper nesting is taken for a mistake, such as an array that holds itself. */
const DEEPEST = 64;

/**
 * The shape of nested plain arrays, and what they hold in order, last axis fastest.
 * @throws StoreError INVALID_ARGUMENT where rows differ in length or depth, naming where
 */
export function flatten(nested: readonly unknown[]): { readonly data: readonly unknown[]; readonly shape: number[] } {
	const shape = nestedShape(nested);
	if (shape.length === 1 && !nested.some(Array.isArray)) return { data: nested, shape };
	const data: unknown[] = [];
	collect(nested, shape, [], data);
	return { data, shape };
}

/** The shape that the first element at each depth announces. */
function nestedShape(nested: unknown): number[] {
	const shape: number[] = [];
	for (let at = nested; Array.isArray(at); at = at[0]) {
		if (shape.push(at.length) > DEEPEST)
			throw new StoreError("INVALID_ARGUMENT", `arrays nested deeper than ${DEEPEST}: is there one that holds itself?`);
	}
	return shape;
}

function collect(nested: readonly unknown[], shape: readonly number[], path: number[], data: unknown[]): void {
	const length = shape[path.length + 1];
	for (let i = 0; i < nested.length; i++) {
		const element = nested[i];
		if (lengthOf(element) !== length) throw ragged(element, length, [...path, i]);
		if (length === undefined) data.push(element);
		else collect(element as readonly unknown[], shape, [...path, i], data);
	}
}

function lengthOf(element: unknown): number | undefined {
	return Array.isArray(element) ? element.length : undefined;
}

function ragged(found: unknown, expected: number | undefined, path: readonly number[]): StoreError {
	const nature = (length: number | undefined) =>
		length === undefined ? "a single value" : `an array of length ${length}`;
	const is = nature(lengthOf(found));
	return new StoreError(
		"INVALID_ARGUMENT",
		`ragged array: ${list(path)} is ${is}, where its neighbours before it have ${nature(expected)}: make all rows alike`,
	);
}
