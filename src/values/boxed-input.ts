/** What users give as text, bytes and records, in whatever form, as a view of a plain array. */
import { isStoreError, StoreError } from "../errors.js";
import type { Boxing, DataType } from "../format/data-types.js";
import type { Source } from "./cast.js";
import { describe, list } from "./describe.js";
import { product, rowMajor, rowsOf, unravel, type View } from "./view.js";

/** A single value as the array of no axes that it is; undefined where it is a list. */
export function singleEntry(value: unknown): Source | undefined {
	const isList = Array.isArray(value) || isStrided(value);
	return isList ? undefined : { data: [value], shape: [], stride: [], offset: 0, type: undefined };
}

function isStrided(value: unknown): boolean {
	if (typeof value !== "object" || value === null || !("data" in value && "shape" in value)) return false;
	return Array.isArray(value.data) || ArrayBuffer.isView(value.data);
}

/**
 * The values as entries of `dtype`, checked, in a row-major copy.
 * @throws StoreError INVALID_ARGUMENT naming the first that is none and its index
 */
export function castBoxed(source: Source, dtype: DataType, boxing: Boxing): View {
	const { shape, data: given } = source;
	const data: unknown[] = new Array<unknown>(product(shape));
	const { length, step, forEach } = rowsOf(source);
	let at = 0;
	forEach((offset) => {
		for (let i = 0; i < length; i++) data[at] = entryAt(given[offset + i * step], at++);
		return true;
	});
	return { data, shape, stride: rowMajor(shape), offset: 0 };

	function entryAt(value: unknown, position: number): unknown {
		try {
			const entry = boxing.accept(value);
			if (entry !== undefined) return entry;
		} catch (error) {
			if (isStoreError(error, "INVALID_ARGUMENT")) throw refusal(value, position, error.message);
			throw error;
		}
		throw refusal(value, position, `it takes ${boxing.takes}`);
	}

	function refusal(value: unknown, position: number, reason: string): StoreError {
		const where = shape.length === 0 ? "" : ` at index ${list(unravel(position, shape))}`;
		return new StoreError("INVALID_ARGUMENT", `${describe(value)}${where} is not a value of ${dtype.name}: ${reason}`);
	}
}
