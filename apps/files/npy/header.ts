/** The header of an npy file: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1 to 3. */
import { StoreError } from "../../../src/errors.js";
import type { DataType } from "../../../src/format/data-types.js";
import type { RawLayout } from "../raw/layout.js";
import { type Python, parsePython } from "./python-literal.js";
import { type ElementType, formatDescr, npyType, parseDescr } from "./types.js";

export interface NpyHeader extends RawLayout, ElementType {
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
	return { ...parseDescr(descr, name), shape, order: fortran ? "F" : "C", offset: head.length };
}

function isShape(value: Python | undefined): value is number[] {
	return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && (length as number) >= 0);
}

/** NumPy keeps to the first version that can hold the text: 2 for more than 65,535 bytes, 3 for what Latin-1 does not have. */
function versionOf(text: string): 1 | 2 | 3 {
	if (/[\u0100-\uffff]/.test(text)) return 3;
	return text.length + 65 > 0xffff ? 2 : 1;
}

/** A header for little-endian values in C order, padded so that they begin at a multiple of 64 bytes. */
export function formatNpyHeader(shape: readonly number[], dtype: DataType): Uint8Array {
	const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
	const text = `{'descr': ${formatDescr(npyType(dtype))}, 'fortran_order': False, 'shape': ${tuple}, }`;
	const version = versionOf(text);
	const bytes = Buffer.from(text, version === 3 ? "utf8" : "latin1");
	const start = MAGIC.length + (version === 1 ? 4 : 6);
	const header = Buffer.alloc(Math.ceil((start + bytes.length + 1) / 64) * 64, " ");
	header.set(MAGIC);
	header.writeUInt16LE(version, MAGIC.length);
	const length = header.length - start;
	if (version === 1) header.writeUInt16LE(length, MAGIC.length + 2);
	else header.writeUInt32LE(length, MAGIC.length + 2);
	header.set(bytes, start);
	header.write("\n", header.length - 1);
	return header;
}
