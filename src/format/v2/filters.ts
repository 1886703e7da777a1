/**
 * The members `order`, `filters` and `compressor` of `.zarray` as codecs of v3 (Zarr v2 specification, "Metadata"; the settings are those of
 * numcodecs). Filters that work on values come first and are array → array codecs; the rest works on bytes. Which codecs there are is
 * not known here.
 */
import { StoreError } from "../../errors.js";
import { BYTES, STRING } from "../boxed-types.js";
import type { DataType } from "../data-types.js";
import { isObject, malformed, quote, refuseOthers, within } from "../extension-point.js";
import type { Json, JsonObject } from "../json.js";
import type { CodecMetadata } from "../metadata.js";
import { checkCodecCount } from "../metadata-members.js";
import { JSON_VALUES, raggedType } from "../object-types.js";
import { formatType, parseNumericType, type StoredType } from "../type-string.js";
import { bytesCodec } from "./bytes-codecs.js";

/** The settings of a filter of values that name the types it takes and gives; undefined where they are not told. */
interface ValueFilter {
	readonly decoded?: string;
	readonly encoded?: string;
	/** What it gives where no setting tells; else what it takes. */
	readonly gives?: string;
}

/** Filters of values by their id in numcodecs. Their codec is `numcodecs.` and the id, as zarr-python names it. */
export const VALUE_FILTERS: ReadonlyMap<string, ValueFilter> = new Map(
	Object.entries({
		delta: { decoded: "dtype", encoded: "astype" },
		fixedscaleoffset: { decoded: "dtype", encoded: "astype" },
		quantize: { decoded: "dtype", encoded: "astype" },
		astype: { decoded: "decode_dtype", encoded: "encode_dtype" },
		packbits: { gives: "|u1" },
		bitround: {},
		categorize: { encoded: "astype" },
	}),
);

/** What turns Python objects into bytes, where they are objects of one kind. */
const OBJECT_CODECS: { readonly [id: string]: (settings: JsonObject) => DataType } = {
	"vlen-utf8": () => STRING,
	"vlen-bytes": () => BYTES,
	"vlen-array": ({ dtype }) => raggedType(parseItemType(dtype)),
	json2: () => JSON_VALUES,
};

function parseItemType(name: Json | undefined): DataType {
	const type = typeof name === "string" ? parseNumericType(name) : undefined;
	if (type !== undefined) return type.dtype;
	throw malformed('a number type as "dtype" of "vlen-array"', name);
}

/** The id in numcodecs of a codec of Python objects; undefined where the codec is another. */
export function objectCodecId(name: string): string | undefined {
	const id = name.replace(/^numcodecs\./, "");
	return Object.hasOwn(OBJECT_CODECS, id) ? id : undefined;
}

/** Codecs so far, and what they give: values of a type, then bytes. */
export interface Chain {
	readonly codecs: readonly CodecMetadata[];
	readonly type: StoredType;
	/** Whether it gives bytes, of whatever. */
	readonly inBytes: boolean;
}

/** @throws StoreError CORRUPT */
export function parseOrder(value: Json | undefined, rank: number): CodecMetadata[] {
	if (value !== "C" && value !== "F") throw malformed('"C" or "F"', value);
	if (value === "C" || rank < 2) return [];
	const order = Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
	return [{ name: "transpose", configuration: { order } }];
}

/** @throws StoreError CORRUPT, UNSUPPORTED naming the filter */
export function parseFilters(value: Json | undefined, start: Chain): Chain {
	if (value === null) return start;
	if (!Array.isArray(value)) throw malformed("a list of filters, or null", value);
	checkCodecCount(value.length);
	return value.reduce<Chain>((chain, entry, i) => within({ place: `entry ${i}` }, () => addEntry(chain, entry)), start);
}

/** All codecs, the compressor last. @throws StoreError CORRUPT, UNSUPPORTED */
export function parseCompressor(value: Json | undefined, filtered: Chain): readonly CodecMetadata[] {
	if (value !== null && !isObject(value)) throw malformed('an object with an "id", or null', value);
	return toBytes(value === null ? filtered : addEntry(filtered, value)).codecs;
}

/** What the Python objects of an array are: the codec that they were written with tells. @throws StoreError UNSUPPORTED */
export function parseObjectType(filters: Json | undefined): StoredType {
	const entries = Array.isArray(filters) ? filters.filter(isObject) : [];
	if (entries.some(({ id }) => id === "pickle")) throw pickled();
	const { id: codec, ...settings }: JsonObject = entries.find(({ id }) => typeof id === "string") ?? {};
	// Only text has labels.
	if (codec === "categorize") return { dtype: STRING, order: "little" };
	if (typeof codec === "string" && Object.hasOwn(OBJECT_CODECS, codec))
		return { dtype: (OBJECT_CODECS[codec] as (of: JsonObject) => DataType)(settings), order: "little" };
	const by = codec === undefined ? "" : `, encoded by ${quote(String(codec))}`;
	throw new StoreError("UNSUPPORTED", `the data type "|O" is not supported: Python objects${by}`);
}

function addEntry(chain: Chain, entry: Json): Chain {
	if (!isObject(entry)) throw malformed('an object with an "id"', entry);
	const { id, ...settings } = entry;
	if (typeof id !== "string") throw malformed('an object whose "id" is a string', entry);
	if (id === "pickle") throw pickled();
	if (Object.hasOwn(OBJECT_CODECS, id)) return addObjectCodec(chain, id, settings);
	const filter = VALUE_FILTERS.get(id);
	return filter === undefined ? addBytesCodec(chain, id, settings) : addValueFilter(chain, id, settings);
}

function addObjectCodec(chain: Chain, id: string, settings: JsonObject): Chain {
	if (chain.inBytes || chain.type.dtype.name !== OBJECT_CODECS[id]?.(settings).name)
		throw new StoreError("UNSUPPORTED", `the filter ${quote(id)} takes Python objects, and there are none`);
	if (id === "vlen-utf8" || id === "vlen-bytes") {
		refuseOthers(settings, `the filter ${quote(id)}`);
		return { ...chain, codecs: [...chain.codecs, { name: id }], inBytes: true };
	}
	return { ...chain, codecs: [...chain.codecs, { name: `numcodecs.${id}`, configuration: settings }], inBytes: true };
}

function pickled(): StoreError {
	return new StoreError(
		"UNSUPPORTED",
		'the filter "pickle" is refused: to decode it is to run whatever program the data holds; write the array again with another codec',
	);
}

function addBytesCodec(chain: Chain, id: string, settings: JsonObject): Chain {
	// What a bytes → bytes codec gives has elements of one byte, to the next one.
	const itemSize = chain.inBytes ? 1 : chain.type.dtype.itemSize;
	const codec = bytesCodec(id, settings, itemSize);
	return { ...chain, codecs: [...toBytes(chain).codecs, codec], inBytes: true };
}

/** With the codec `bytes` at its end, where it does not give bytes already. */
function toBytes(chain: Chain): Chain {
	if (chain.inBytes) return chain;
	const { dtype, order } = chain.type;
	const bytes = dtype.wordSize === 1 ? { name: "bytes" } : { name: "bytes", configuration: { endian: order } };
	return { ...chain, codecs: [...chain.codecs, bytes], inBytes: true };
}

function addValueFilter({ codecs, type, inBytes }: Chain, id: string, settings: JsonObject): Chain {
	const { decoded, encoded, gives } = VALUE_FILTERS.get(id) as ValueFilter;
	if (inBytes)
		throw new StoreError("UNSUPPORTED", `the filter ${quote(id)} takes values, but what comes before it gives bytes`);
	const takes = typeOf(settings, decoded) ?? type;
	if (takes.dtype.name !== type.dtype.name || takes.order !== type.order) throw mismatch(id, takes, type);
	const given = typeOf(settings, encoded) ?? (gives === undefined ? undefined : parseNumericType(gives)) ?? type;
	const codec = Object.keys(settings).length === 0 ? {} : { configuration: settings };
	return { codecs: [...codecs, { name: `numcodecs.${id}`, ...codec }], type: given, inBytes };
}

function typeOf(settings: JsonObject, member: string | undefined): StoredType | undefined {
	const name = member === undefined ? undefined : settings[member];
	if (name === undefined || name === null) return undefined;
	if (typeof name !== "string") throw malformed(`a type string as ${quote(member as string)}`, name);
	const type = parseNumericType(name);
	if (type !== undefined) return type;
	throw new StoreError(
		"UNSUPPORTED",
		`${quote(member as string)} is ${quote(name)}, which is not supported: use a number type`,
	);
}

function mismatch(id: string, takes: StoredType, given: StoredType): StoreError {
	const [wanted, got] = [takes, given].map(({ dtype, order }) => formatType(dtype, order));
	return new StoreError(
		"UNSUPPORTED",
		`the filter ${quote(id)} takes ${wanted}, but is given ${got}: that is not supported`,
	);
}
