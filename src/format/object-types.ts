/** What arrays of Python objects may hold, which only Zarr v2 has: any JSON, and arrays of any length. */
import { boxedType } from "./boxed-types.js";
import type { DataType, TypedArray } from "./data-types.js";
import { formatJson, type Json } from "./json.js";
import { jsonFromUser } from "./json-from-user.js";

/** Bytes that an object is taken to have, for choosing chunk shapes. */
const USUAL_SIZE = 64;

/** Values that JSON can hold. */
export const JSON_VALUES: DataType = boxedType(
	{
		kind: "O",
		itemSize: USUAL_SIZE,
		wordSize: 1,
		metadata: "json",
		boxing: {
			empty: null,
			takes: "what JSON can hold",
			accept: (value) => jsonFromUser(value, "value"),
			isSame: (a, b) => formatJson(a as Json) === formatJson(b as Json),
		},
	},
	"json",
);

/** Arrays of one axis of numbers, each as long as it is. */
export function raggedType({ name, Array: Values }: DataType): DataType {
	return boxedType(
		{
			kind: "O",
			itemSize: USUAL_SIZE,
			wordSize: 1,
			metadata: `ragged[${name}]`,
			boxing: {
				empty: new Values(0),
				takes: `a ${Values.name}`,
				accept: (value) => (value instanceof (Values as unknown as typeof Int8Array) ? value : undefined),
				isSame: (a, b) => areSame(a as TypedArray, b as TypedArray),
			},
		},
		`ragged[${name}]`,
	);
}

function areSame(a: TypedArray, b: TypedArray): boolean {
	return a.length === b.length && a.every((value: number | bigint, i: number) => Object.is(value, b[i]));
}
