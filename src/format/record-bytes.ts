/**
 * Records as their packed bytes, by which Zarr v2 and the data type `structured` state a fill value (Zarr v2 specification, "Fill value
 * encoding"; registry of extensions, `structured`).
 */
import { StoreError } from "../errors.js";
import type { DataType, TypedArray, Values } from "./data-types.js";
import { isObject, malformed } from "./extension-point.js";
import { asRecord, bytesOf, fillFromUser, fillToUser, toBase64 } from "./fill-value.js";
import type { Json } from "./json.js";
import { bytesOf as viewOf } from "./storage.js";
import type { ByteOrder } from "./type-string.js";

const HOST_ORDER: ByteOrder = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? "little" : "big";

/** A codec as metadata has it. */
interface Codec {
	readonly name?: unknown;
	readonly configuration?: unknown;
}

/** The order that the codec `bytes` states, within shards too; little-endian where none is stated. */
export function byteOrderOf(codecs: readonly Codec[]): ByteOrder {
	for (const { name, configuration } of codecs) {
		const settings = configuration as { readonly endian?: unknown; readonly codecs?: unknown } | undefined;
		if (name === "bytes") return settings?.endian === "big" ? "big" : "little";
		if (name === "sharding_indexed" && Array.isArray(settings?.codecs))
			return byteOrderOf(settings.codecs.filter(isObject));
	}
	return "little";
}

/** @throws StoreError CORRUPT where it is not the bytes of one record in base64 */
export function parsePackedRecord(json: Json, dtype: DataType, order: ByteOrder): Values {
	const bytes = typeof json === "string" ? bytesOf(json) : undefined;
	if (bytes?.length !== dtype.itemSize) throw malformed(`${dtype.itemSize} bytes in base64`, json);
	return unpack(bytes, dtype, order);
}

/** {@link parsePackedRecord} returns the same record. */
export function formatPackedRecord(fill: Values, dtype: DataType, order: ByteOrder): string {
	const bytes = new Uint8Array(dtype.itemSize);
	pack(fill, dtype, order, bytes);
	return toBase64(bytes);
}

/** One element, in presented form. */
function unpack(bytes: Uint8Array, dtype: DataType, order: ByteOrder): Values {
	const { boxing, wordSize, components, storage } = dtype;
	if (boxing?.fields !== undefined) {
		const fieldOf = (field: { readonly dtype: DataType; readonly offset: number }): unknown => {
			const part = bytes.subarray(field.offset, field.offset + field.dtype.itemSize);
			return fillToUser(unpack(part, field.dtype, order), field.dtype);
		};
		return [asRecord(boxing.fields, fieldOf)];
	}
	const own = inHostOrder(bytes, wordSize, order);
	if (boxing !== undefined) return [textOf(new Uint32Array(own.buffer))];
	const { buffer, byteOffset } = storage?.present(own) ?? own;
	return new dtype.Array(buffer, byteOffset, components);
}

/** Writes one element into `bytes`, which has its size. */
function pack(fill: Values, dtype: DataType, order: ByteOrder, bytes: Uint8Array): void {
	const { boxing, wordSize, storage } = dtype;
	if (boxing?.fields !== undefined) {
		const record = fill[0] as { readonly [field: string]: unknown };
		for (const { name, dtype: type, offset } of boxing.fields)
			pack(fillFromUser(record[name], type), type, order, bytes.subarray(offset, offset + type.itemSize));
		return;
	}
	const values = boxing === undefined ? (fill as TypedArray) : pointsOf(fill[0] as string);
	bytes.set(inHostOrder(storage?.store(values) ?? viewOf(values), wordSize, order));
}

/** A copy with the bytes of every word reversed where the host has the other order: the same thing both ways. */
function inHostOrder(bytes: Uint8Array, wordSize: number, order: ByteOrder): Uint8Array<ArrayBuffer> {
	const own = new Uint8Array(bytes);
	if (order !== HOST_ORDER) for (let at = 0; at < own.length; at += wordSize) own.subarray(at, at + wordSize).reverse();
	return own;
}

/** Text without the NULs that fill it up. */
function textOf(points: Uint32Array): string {
	const wrong = points.find((point) => point > 0x10ffff);
	if (wrong !== undefined) throw new StoreError("CORRUPT", `${wrong} is no code point`);
	return String.fromCodePoint(...points).replace(/\0+$/, "");
}

function pointsOf(text: string): Uint32Array {
	return Uint32Array.from(text, (character) => character.codePointAt(0) as number);
}
