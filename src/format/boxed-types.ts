/** Data types of zarr-extensions whose values no typed array holds: `string`, `bytes`, `fixed_length_utf32` and `struct`. */
import { StoreError } from "../errors.js";
import type { Boxing, DataType, DType, TypedArrayConstructor } from "./data-types.js";
import type { Json } from "./json.js";

/** What an entry is taken to weigh in memory (bytes), besides what is known of it: planning needs some number. */
const REFERENCE = 16;
/** Bytes that text or byte strings of any length are taken to have, for choosing chunk shapes. */
const USUAL_LENGTH = 32;
/** Elements longer than this are refused: hostile metadata, not data. */
export const MAX_FIXED_BYTES = 65536;

/** Makes plain arrays of `empty`: what the road asks of a typed array it does by its length alone. */
function boxes(empty: unknown, bytes: number): TypedArrayConstructor {
	function Boxes(length: number): unknown[] {
		return new Array<unknown>(length).fill(empty);
	}
	Object.defineProperties(Boxes, { BYTES_PER_ELEMENT: { value: bytes }, name: { value: "Array" } });
	return Boxes as unknown as TypedArrayConstructor;
}

/** What all boxed types have in common. */
export function boxedType(
	description: Pick<DataType, "kind" | "itemSize" | "wordSize"> & {
		readonly boxing: Boxing;
		readonly metadata: Json;
	},
	name: string,
): DataType {
	const { boxing, itemSize, wordSize } = description;
	const Entries = boxes(boxing.empty, REFERENCE + itemSize);
	return { ...description, name: name as DType, bits: 8 * wordSize, components: 1, Array: Entries };
}

const isSameValue = (a: unknown, b: unknown): boolean => a === b;

/** Text of any length, in UTF-8 on the store. Lone surrogates have no UTF-8 and are refused. */
export const STRING: DataType = boxedType(
	{
		kind: "U",
		itemSize: USUAL_LENGTH,
		wordSize: 1,
		metadata: "string",
		boxing: {
			empty: "",
			takes: "text",
			accept: (value) => (typeof value === "string" && isWellFormed(value) ? value : undefined),
			isSame: isSameValue,
		},
	},
	"string",
);

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function isWellFormed(text: string): boolean {
	return !LONE_SURROGATE.test(text);
}

/** Byte strings of any length. */
export const BYTES: DataType = boxedType(
	{
		kind: "S",
		itemSize: USUAL_LENGTH,
		wordSize: 1,
		metadata: "bytes",
		boxing: {
			empty: new Uint8Array(0),
			takes: "bytes as a Uint8Array",
			accept: (value) => (value instanceof Uint8Array ? value : undefined),
			isSame: (a, b) => areSameBytes(a as Uint8Array, b as Uint8Array),
		},
	},
	"bytes",
);

function areSameBytes(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Text of at most `bytes` / 4 code points, filled up with NULs, which are no part of the text. NumPy's `<U`.
 * @throws StoreError UNSUPPORTED, INVALID_ARGUMENT
 */
export function utf32Type(bytes: number): DataType {
	if (!Number.isSafeInteger(bytes) || bytes < 4 || bytes % 4 !== 0)
		throw new StoreError("INVALID_ARGUMENT", `length_bytes is a multiple of 4 from 4 on, not ${bytes}`);
	if (bytes > MAX_FIXED_BYTES)
		throw new StoreError("UNSUPPORTED", `text of ${bytes} bytes each is not supported: ${MAX_FIXED_BYTES} at most`);
	const most = bytes / 4;
	return boxedType(
		{
			kind: "U",
			itemSize: bytes,
			wordSize: 4,
			metadata: { name: "fixed_length_utf32", configuration: { length_bytes: bytes } },
			boxing: {
				empty: "",
				takes: `text of at most ${most} characters, that do not end in NUL`,
				accept: (value) => (typeof value === "string" && fits(value, most) ? value : undefined),
				isSame: isSameValue,
			},
		},
		`fixed_length_utf32[${bytes}]`,
	);
}

function fits(text: string, most: number): boolean {
	if (text.endsWith("\0")) return false;
	if (text.length <= most) return true;
	return text.length <= 2 * most && Array.from(text).length <= most;
}
