/** The content of `zarr.json` (Zarr v3 core specification 3.1, "Metadata documents"), checked at the door. */
import { StoreError } from "../errors.js";
import { formatChunkGrid, type GridMetadata, parseChunkGrid } from "./chunk-grid.js";
import { parseDataType } from "./data-type-metadata.js";
import type { DataType, Values } from "./data-types.js";
import { type Extension, formatExtension, isObject, malformed, quote, within } from "./extension-point.js";
import { formatFill } from "./fill-value.js";
import { formatJson, type Json, type JsonObject, parseJson } from "./json.js";
import * as read from "./metadata-members.js";

export type { Json, JsonObject } from "./json.js";
export type Attributes = { readonly [name: string]: Json };

/** How chunk coordinates become keys (core specification 3.1, "Chunk key encoding"). */
export interface ChunkKeyEncoding {
	readonly name: "default" | "v2";
	readonly separator: "/" | ".";
}

/** One entry of `codecs`. */
export interface CodecMetadata {
	readonly name: string;
	readonly configuration?: { readonly [member: string]: unknown };
	/** Stated where readers that do not know the codec may leave it out. */
	readonly mustUnderstand?: false;
}

/** The content of an array's `zarr.json`, checked. */
export interface ArrayMetadata extends GridMetadata {
	readonly shape: readonly number[];
	readonly dtype: DataType;
	readonly chunkKeyEncoding: ChunkKeyEncoding;
	/** One element: `dtype.components` entries of `dtype.Array`. Bit for bit what the metadata says. */
	readonly fill: Values;
	/** The same as it is stated, where it is the packed bytes of a record in base64: written again as it was read. */
	readonly packedFill?: string;
	readonly codecs: readonly CodecMetadata[];
	readonly attributes: Attributes;
	readonly dimensionNames: readonly (string | null)[] | undefined;
	/** Members that this library does not know and may ignore (`must_understand: false`); kept when the metadata is rewritten. */
	readonly extensions: JsonObject;
	readonly v2?: FormV2 | undefined;
}

export interface GroupMetadata {
	readonly attributes: Attributes;
	/** As for arrays; `consolidated_metadata` too is kept here. */
	readonly extensions: JsonObject;
	readonly v2?: FormV2 | undefined;
}

/** Marks a node that is kept in the documents of Zarr v2. */
export interface FormV2 {
	/** Members of its `.zarray` or `.zgroup` as they were read. Those that may change, `shape` and `extensions`, are not among them. */
	readonly document: JsonObject;
}

export type NodeMetadata =
	| { readonly nodeType: "array"; readonly array: ArrayMetadata }
	| { readonly nodeType: "group"; readonly group: GroupMetadata };

/** Reads a member of a document; errors of `parse` come out naming the file and the member. */
type ReadMember = <T>(name: string, parse: (value: Json | undefined) => T) => T;

/** @throws StoreError CORRUPT where the document is no object */
export function openDocument(
	document: Json,
	key: string,
): { readonly document: JsonObject; readonly member: ReadMember } {
	if (!isObject(document)) throw new StoreError("CORRUPT", `${key}: must be a JSON object`, { key });
	const member: ReadMember = (name, parse) =>
		within({ place: `${key}: member ${quote(name)}`, key }, () => parse(document[name]));
	return { document, member };
}

/**
 * Reads `zarr.json`.
 * @param key names the file in messages
 * @throws StoreError CORRUPT or UNSUPPORTED, naming the file and the member
 */
export function parseNode(text: string, key: string): NodeMetadata {
	const { document, member } = openDocument(parseJson(text, key), key);
	member("zarr_format", read.checkZarrFormat);
	return member("node_type", read.parseNodeType) === "array"
		? { nodeType: "array", array: parseArray(document, member) }
		: { nodeType: "group", group: parseGroup(document, member) };
}

/**
 * What a document says it is, whatever else is in it: also of an array that cannot be opened here.
 * @throws StoreError CORRUPT or UNSUPPORTED, naming the member
 */
export function nodeTypeOf(document: Json): "array" | "group" {
	if (!isObject(document)) throw malformed("a JSON object", document);
	within({ place: 'member "zarr_format"' }, () => read.checkZarrFormat(document.zarr_format));
	return within({ place: 'member "node_type"' }, () => read.parseNodeType(document.node_type));
}

const NODE_MEMBERS: readonly string[] = ["zarr_format", "node_type", "attributes"];
const GROUP_MEMBERS: readonly string[] = [...NODE_MEMBERS, "consolidated_metadata"];
const ARRAY_MEMBERS: readonly string[] = [
	...NODE_MEMBERS,
	"shape",
	"data_type",
	"chunk_grid",
	"chunk_key_encoding",
	"fill_value",
	"codecs",
	"dimension_names",
	"storage_transformers",
];

function parseGroup(document: JsonObject, member: ReadMember): GroupMetadata {
	const attributes = member("attributes", read.parseAttributes);
	const consolidated = member("consolidated_metadata", read.parseConsolidated);
	const others = parseOthers(document, GROUP_MEMBERS, member);
	const extensions = consolidated === undefined ? others : { consolidated_metadata: consolidated, ...others };
	return { attributes, extensions };
}

function parseArray(document: JsonObject, member: ReadMember): ArrayMetadata {
	const shape = member("shape", read.parseShape);
	const dtype = member("data_type", parseDataType);
	const codecs = member("codecs", read.parseCodecs);
	member("storage_transformers", read.refuseTransformers);
	return {
		shape,
		dtype,
		...member("chunk_grid", (value) => parseChunkGrid(value, shape, dtype)),
		chunkKeyEncoding: member("chunk_key_encoding", read.parseChunkKeyEncoding),
		...member("fill_value", (value) => read.parseFillValue(value, dtype, codecs)),
		codecs,
		attributes: member("attributes", read.parseAttributes),
		dimensionNames: member("dimension_names", (value) => read.parseDimensionNames(value, shape.length)),
		extensions: parseOthers(document, ARRAY_MEMBERS, member),
	};
}

/** Members that are not known here, which are allowed where they say that they need not be. */
function parseOthers(document: JsonObject, known: readonly string[], member: ReadMember): JsonObject {
	const others = Object.entries(document).filter(([name]) => !known.includes(name));
	for (const [name] of others) member(name, read.checkIgnorable);
	return Object.fromEntries(others);
}

/** Writes `zarr.json` of an array; {@link parseNode} reads the same. */
export function formatArray(metadata: ArrayMetadata): string {
	const { shape, dtype, chunkKeyEncoding, dimensionNames, fill, packedFill } = metadata;
	return formatJson({
		zarr_format: 3,
		node_type: "array",
		shape: [...shape],
		data_type: dtype.metadata,
		chunk_grid: formatChunkGrid(metadata),
		chunk_key_encoding: {
			name: chunkKeyEncoding.name,
			configuration: { separator: chunkKeyEncoding.separator },
		},
		fill_value: packedFill ?? formatFill(fill, dtype),
		codecs: metadata.codecs.map((codec) => formatExtension(codec as Extension)),
		attributes: metadata.attributes,
		...(dimensionNames === undefined ? undefined : { dimension_names: [...dimensionNames] }),
		...metadata.extensions,
	});
}

/** Writes `zarr.json` of a group; {@link parseNode} reads the same. */
export function formatGroup({ attributes, extensions }: GroupMetadata): string {
	return formatJson({ zarr_format: 3, node_type: "group", attributes, ...extensions });
}
