/** The header of an npy file: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1 to 3. */
import { StoreError } from "../../../src/errors.js";
import { type DataType, dataType } from "../../../src/format/data-types.js";
import { formatType, isNumpyType, parseNumericType } from "../../../src/format/type-string.js";
import { presentedType } from "../presented-type.js";
import type { RawLayout } from "../raw/layout.js";
import { type Python, parsePython } from "./python-literal.js";

export interface NpyHeader extends RawLayout {
	/** Where the values begin, in bytes. */
	readonly offset: number;
}

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
/** NumPy's own limit for headers it trusts is 10,000 bytes. */
const LONGEST_HEADER = 2 ** 20;

/** Reads the header from the beginning of a file. @throws StoreError CORRUPT, UNSUPPORTED */
export async function readNpyHeader(bytes: AsyncIterable<Uint8Array>, name: string): Promise<NpyHeader> {
	const pieces: Uint8Array[] = [];
	let needed = MAGIC.length + 6;
	let length = 0;
	for await (const piece of bytes) {
		pieces.push(piece);
		length += piece.length;
		if (length < needed) continue;
		needed = headerEnd(Buffer.concat(pieces), name);
		if (length >= needed) break;
	}
	const head = Buffer.concat(pieces);
	if (length < needed || length < headerEnd(head, name)) throw corrupt(name, "it ends within the header");
	return parseHeader(head.subarray(0, needed), name);
}

function corrupt(name: string, reason: string): StoreError {
	return new StoreError("CORRUPT", `${name} is no npy file, or a damaged one: ${reason}`);
}

/** Where the header ends, as its first bytes say. */
function headerEnd(head: Buffer, name: string): number {
	if (!head.subarray(0, MAGIC.length).equals(MAGIC)) throw corrupt(name, "it does not begin with \\x93NUMPY");
	const major = head[6] as number;
	if (major < 1 || major > 3)
		throw new StoreError("UNSUPPORTED", `${name} has version ${major} of the npy format; 1 to 3 are known`);
	const length = major === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8);
	if (length > LONGEST_HEADER) throw corrupt(name, `a header of ${length} bytes`);
	return (major === 1 ? 10 : 12) + length;
}

function parseHeader(head: Buffer, name: string): NpyHeader {
	const major = head[6] as number;
	const text = head.toString(major === 3 ? "utf8" : "latin1", major === 1 ? 10 : 12);
	const header = parsePython(text, (reason) => corrupt(name, `in its header ${reason}`));
	if (!(header instanceof Map)) throw corrupt(name, "its header is no dictionary");
	const [descr, fortran, shape] = ["descr", "fortran_order", "shape"].map((key) => header.get(key));
	if (typeof fortran !== "boolean" || !isShape(shape))
		throw corrupt(name, "shape or fortran_order is missing or wrong");
	return { ...elementType(descr, name), shape, order: fortran ? "F" : "C", offset: head.length };
}

function isShape(value: Python | undefined): value is number[] {
	return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && (length as number) >= 0);
}

const KINDS: { readonly [kind: string]: string } = { i: "int", u: "uint", f: "float", c: "complex" };
/** The type by which NumPy knows the values: for what it has no name for, the one they are presented in. */
export function npyType(dtype: DataType): DataType {
	return isNumpyType(dtype) ? dtype : presentedType(dtype);
}

const REFUSED: { readonly [kind: string]: string } = {
	O: "objects (a pickle, which can run code when it is read): save numbers",
	S: "byte strings: save numbers",
	U: "strings: save numbers",
};

/** What `descr` says: `<f4`, `|b1`, `>c16`, `|V3`. */
function elementType(descr: Python | undefined, name: string): { dtype: DataType; endian: "little" | "big" } {
	if (Array.isArray(descr))
		throw new StoreError(
			"UNSUPPORTED",
			`${name} holds records (${fieldNames(descr)}): save each field as an array of its own`,
		);
	const time = typeof descr === "string" && /^[<>=]?[Mm]8/.test(descr) ? parseNumericType(descr) : undefined;
	if (time !== undefined) return { dtype: time.dtype, endian: time.order };
	const match = typeof descr === "string" ? /^([<>|=]?)([a-zA-Z?])(\d*)/.exec(descr) : null;
	if (match === null) throw corrupt(name, "descr is missing or wrong");
	const [, order, kind = "", size = ""] = match;
	const refusal = REFUSED[kind];
	if (refusal !== undefined) throw new StoreError("UNSUPPORTED", `${name} holds ${refusal}`);
	return { dtype: namedType(kind, Number(size), `${descr}`, name), endian: order === ">" ? "big" : "little" };
}

function namedType(kind: string, size: number, descr: string, name: string): DataType {
	const known = KINDS[kind];
	try {
		if (kind === "?" || (kind === "b" && size === 1)) return dataType("bool");
		return dataType(kind === "V" ? `r${8 * size}` : `${known ?? kind}${8 * size}`);
	} catch (error) {
		throw new StoreError("UNSUPPORTED", `${name} holds elements of type ${descr}: ${(error as Error).message}`);
	}
}

function fieldNames(fields: readonly Python[]): string {
	return fields.map((field) => (Array.isArray(field) ? String(field[0]) : "?")).join(", ");
}

/** A header of version 1.0 for little-endian values in C order, padded so that they begin at a multiple of 64 bytes. */
export function formatNpyHeader(shape: readonly number[], dtype: DataType): Uint8Array {
	const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
	const text = `{'descr': '${formatType(npyType(dtype), "little")}', 'fortran_order': False, 'shape': ${tuple}, }`;
	const length = Math.ceil((MAGIC.length + 4 + text.length + 1) / 64) * 64 - MAGIC.length - 4;
	const header = Buffer.alloc(MAGIC.length + 4 + length, " ");
	header.set(MAGIC);
	header.writeUInt8(1, 6);
	header.writeUInt8(0, 7);
	header.writeUInt16LE(length, 8);
	header.write(text, 10, "latin1");
	header.write("\n", header.length - 1);
	return header;
}
