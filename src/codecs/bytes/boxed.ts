/** Text of fixed length and records as bytes: what the codec `bytes` does for entries that are no numbers. */
import type { DataType, Field, TypedArray } from "../../format/data-types.js";
import { asRecord, fillFromUser, fillToUser } from "../../format/fill-value.js";
import { rowMajorStrides } from "../../selection/region.js";
import { type Endian, HOST_ENDIAN, swapWords } from "../byte-order.js";
import type { ArrayToBytesCodec, ChunkSpec } from "../codec.js";
import { corrupt, wrongLength } from "../corrupt.js";
import { entriesOf } from "../entries.js";
import { readWhole } from "../read-whole.js";

/** The codec `bytes` for single axes of numbers, which records are made of. */
type NumericCodec = (spec: ChunkSpec, endian: Endian) => ArrayToBytesCodec;

interface Coding {
	readonly endian: Endian;
	readonly numeric: NumericCodec;
}

/** @param numeric the codec `bytes` for fields that are numbers */
export function boxedBytes(spec: ChunkSpec, endian: Endian, numeric: NumericCodec): ArrayToBytesCodec {
	const { shape, dtype } = spec;
	const count = shape.reduce((product, length) => product * length, 1);
	const stride = rowMajorStrides(shape, 1);
	const size = count * dtype.itemSize;
	const coding = { endian, numeric };
	const codec: ArrayToBytesCodec = {
		kind: "array-to-bytes",
		name: "bytes",
		encodedSize: { limit: size, exact: true },
		isInPlace: false,
		parts: undefined,
		encode: (chunk) => encodeColumn(entriesOf(chunk, count), dtype, coding),
		decode(bytes) {
			if (bytes.length !== size) throw wrongLength(bytes.length, size);
			return { data: decodeColumn(bytes, count, dtype, coding), shape, stride, offset: 0 };
		},
		readParts: (source, region, sink) => readWhole(codec, source, region, sink),
	};
	return codec;
}

/** Entries of one type, packed; memory of its own. */
function encodeColumn(entries: readonly unknown[], dtype: DataType, coding: Coding): Uint8Array {
	const fields = dtype.boxing?.fields;
	if (fields !== undefined) return encodeRecords(entries, { fields, size: dtype.itemSize }, coding);
	if (dtype.boxing !== undefined) return encodeText(entries as readonly string[], dtype.itemSize, coding.endian);
	const { components } = dtype;
	const data: TypedArray = new dtype.Array(entries.length * components);
	for (const [i, entry] of entries.entries()) data.set(fillFromUser(entry, dtype) as never, i * components);
	const spec = { shape: [entries.length], dtype, fill: new dtype.Array(components) };
	const chunk = { data, shape: spec.shape, stride: [components], offset: 0 };
	return coding.numeric(spec, coding.endian).encode(chunk, { fresh: true }) as Uint8Array;
}

function decodeColumn(bytes: Uint8Array, count: number, dtype: DataType, coding: Coding): unknown[] {
	const fields = dtype.boxing?.fields;
	if (fields !== undefined) return decodeRecords(bytes, count, { fields, size: dtype.itemSize }, coding);
	if (dtype.boxing !== undefined) return decodeText(bytes, count, coding.endian);
	const { components } = dtype;
	const spec = { shape: [count], dtype, fill: new dtype.Array(components) };
	const { data } = coding.numeric(spec, coding.endian).decode(bytes) as { readonly data: TypedArray };
	return Array.from({ length: count }, (_, i) =>
		fillToUser(data.subarray(i * components, (i + 1) * components), dtype),
	);
}

interface Layout {
	readonly fields: readonly Field[];
	/** Bytes of a record. */
	readonly size: number;
}

/** Field by field, since codecs are made for many values of a type. */
function encodeRecords(records: readonly unknown[], { fields, size }: Layout, coding: Coding): Uint8Array {
	const bytes = new Uint8Array(records.length * size);
	for (const { name, dtype, offset } of fields) {
		const values = records.map((record) => (record as { readonly [field: string]: unknown })[name]);
		const column = encodeColumn(values, dtype, coding);
		for (let i = 0; i < records.length; i++)
			for (let b = 0; b < dtype.itemSize; b++) bytes[i * size + offset + b] = column[i * dtype.itemSize + b] as number;
	}
	return bytes;
}

function decodeRecords(bytes: Uint8Array, count: number, { fields, size }: Layout, coding: Coding): unknown[] {
	const columns = fields.map(({ dtype, offset }) => {
		const column = new Uint8Array(count * dtype.itemSize);
		for (let i = 0; i < count; i++)
			for (let b = 0; b < dtype.itemSize; b++) column[i * dtype.itemSize + b] = bytes[i * size + offset + b] as number;
		return decodeColumn(column, count, dtype, coding);
	});
	return Array.from({ length: count }, (_, i) => asRecord(fields, (_field, f) => columns[f]?.[i]));
}

function encodeText(texts: readonly string[], size: number, endian: Endian): Uint8Array {
	const words = new Uint32Array((texts.length * size) / 4);
	texts.forEach((text, i) => {
		let at = (i * size) / 4;
		for (const character of text) words[at++] = character.codePointAt(0) as number;
	});
	const bytes = new Uint8Array(words.buffer);
	if (endian !== HOST_ENDIAN) swapWords(bytes, 4);
	return bytes;
}

function decodeText(bytes: Uint8Array, count: number, endian: Endian): string[] {
	const own = new Uint8Array(bytes);
	if (endian !== HOST_ENDIAN) swapWords(own, 4);
	const words = new Uint32Array(own.buffer);
	const length = count === 0 ? 0 : words.length / count;
	return Array.from({ length: count }, (_, i) => {
		let end = (i + 1) * length;
		while (end > i * length && words[end - 1] === 0) end--;
		let text = "";
		for (let at = i * length; at < end; at++) text += character(words[at] as number);
		return text;
	});
}

function character(codePoint: number): string {
	if (codePoint > 0x10ffff) throw corrupt("bytes", `${codePoint} is no code point`);
	return String.fromCodePoint(codePoint);
}
