/**
 * Any JSON as one text (numcodecs, `JSON`): a list of the values, nested as the chunk's axes are, then the type string of objects and the
 * shape. Settings tell how the text is laid out, which a reader need not know.
 */
import { isStoreError, StoreError } from "../../errors.js";
import { formatJson, type Json, parseJson } from "../../format/json.js";
import { rowMajorStrides } from "../../selection/region.js";
import type { ArrayToBytesCodec, ChunkData, CodecFactory } from "../codec.js";
import { corrupt } from "../corrupt.js";
import { entriesOf } from "../entries.js";
import { readWhole } from "../read-whole.js";
import { sizeLimit } from "../vlen.js";

const NAME = "numcodecs.json2";

export const json2: CodecFactory = {
	name: NAME,
	kind: "array-to-bytes",
	parse({ encoding = "utf-8" }, { shape, dtype }): ArrayToBytesCodec {
		if (dtype.name !== "json")
			throw new StoreError("INVALID_ARGUMENT", `codec ${NAME} takes values of json, not of ${dtype.name}`);
		if (String(encoding).toLowerCase() !== "utf-8")
			throw new StoreError("UNSUPPORTED", `codec ${NAME} in the encoding ${JSON.stringify(encoding)} is not supported`);
		const count = shape.reduce((product, length) => product * length, 1);
		// NumPy has no lists for arrays without axes.
		const axes = shape.length === 0 ? [1] : shape;
		const codec: ArrayToBytesCodec = {
			kind: "array-to-bytes",
			name: NAME,
			encodedSize: { limit: sizeLimit(count), exact: false },
			isInPlace: false,
			parts: undefined,
			encode: (chunk) => encodeText(entriesOf(chunk, count) as readonly Json[], shape, axes),
			decode: (bytes): ChunkData => ({
				data: decodeText(bytes, shape, axes),
				shape,
				stride: rowMajorStrides(shape, 1),
				offset: 0,
			}),
			readParts: (source, region, sink) => readWhole(codec, source, region, sink),
		};
		return codec;
	},
};

function encodeText(entries: readonly Json[], shape: readonly number[], axes: readonly number[]): Uint8Array {
	const items = nested(entries, axes, 0, 0) as Json[];
	return new TextEncoder().encode(formatJson([...items, "|O", [...shape]]));
}

/** The entries from `start` on as lists within lists, from one axis on. */
function nested(entries: readonly Json[], axes: readonly number[], axis: number, start: number): Json {
	if (axis === axes.length) return entries[start] as Json;
	const step = axes.slice(axis + 1).reduce((product, length) => product * length, 1);
	return Array.from({ length: axes[axis] as number }, (_, i) => nested(entries, axes, axis + 1, start + i * step));
}

function decodeText(bytes: Uint8Array, shape: readonly number[], axes: readonly number[]): Json[] {
	const items = parseItems(bytes);
	const told = Array.isArray(items) ? items.pop() : undefined;
	const type = Array.isArray(items) ? items.pop() : undefined;
	const fits = Array.isArray(told) && told.length === shape.length && shape.every((length, d) => told[d] === length);
	if (!fits || typeof type !== "string") throw corrupt(NAME, `no list that ends in a type and [${shape.join(", ")}]`);
	const entries: Json[] = [];
	flatten(items as Json, axes, entries);
	return entries;
}

function parseItems(bytes: Uint8Array): Json {
	try {
		return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes.slice()), NAME);
	} catch (error) {
		throw corrupt(NAME, isStoreError(error) ? error.message : "no UTF-8", error);
	}
}

function flatten(items: Json, [length, ...inner]: readonly number[], entries: Json[]): void {
	if (length === undefined) {
		entries.push(items);
		return;
	}
	if (!Array.isArray(items) || items.length !== length) throw corrupt(NAME, `no list of ${length} where one must be`);
	for (const item of items) flatten(item, inner, entries);
}
