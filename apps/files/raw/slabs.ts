/** Arrays in files as slabs along axis 0, in bounded memory. */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreError } from "../../../src/errors.js";
import { allocate } from "../../../src/values/allocate.js";
import { empty, type NdArray } from "../../../src/values/nd-array.js";
import { onFile, readInto, writePieces } from "../file-access.js";
import { blockOf, bytesOf, decode, product, type RawBytes, type RawLayout, SLAB_BYTES } from "./layout.js";

/** An array in F order up to this size is read at once; of a larger one, slabs of this size are picked from the file. */
const LARGEST_WHOLE = 64 * 2 ** 20;

/**
 * The array in slabs. In C order the file is read once, from beginning to end. In F order the values of one slab lie all over the file:
 * up to 64 MiB are read at once, of more each slab of 64 MiB is a walk through the file, compressed ones being unpacked to
 * a temporary file first.
 * @throws StoreError CORRUPT where the bytes end too early
 */
export async function* rawSlabs(layout: RawLayout, bytes: RawBytes): AsyncGenerator<NdArray, void, undefined> {
	const { shape, dtype } = layout;
	if (product(shape) === 0) yield empty(shape, dtype.name);
	else if (layout.order === "C" || shape.length < 2) yield* rowSlabs({ ...layout, order: "C" }, bytes);
	else if (bytesOf(layout) <= LARGEST_WHOLE) yield* wholeSlab(layout, bytes);
	else yield* pickedSlabs(layout, bytes);
}

async function* rowSlabs(layout: RawLayout, bytes: RawBytes): AsyncGenerator<NdArray, void, undefined> {
	const { shape } = layout;
	const [rows = 1, ...rest] = shape;
	const rowBytes = bytesOf(layout) / rows;
	const slabRows = rowsWithin(SLAB_BYTES, rowBytes);
	const counts = shape.length === 0 ? [1] : slabHeights(rows, slabRows);
	let n = 0;
	for await (const block of regroup(
		bytes,
		counts.map((count) => count * rowBytes),
	)) {
		const count = counts[n++] as number;
		yield blockOf(await decode(block, layout), shape.length === 0 ? [] : [count, ...rest], layout);
	}
}

async function* wholeSlab(layout: RawLayout, bytes: RawBytes): AsyncGenerator<NdArray, void, undefined> {
	for await (const block of regroup(bytes, [bytesOf(layout)]))
		yield blockOf(await decode(block, layout), layout.shape, layout);
}

function rowsWithin(budget: number, rowBytes: number): number {
	return Math.max(1, Math.floor(budget / rowBytes));
}

function slabHeights(rows: number, slabRows: number): number[] {
	return Array.from({ length: Math.ceil(rows / slabRows) }, (_, n) => Math.min(slabRows, rows - n * slabRows));
}

/**
 * Blocks of the given sizes from pieces of any. Compressed bytes are read to their end before the last block is given out: only there
 * their checksum is seen.
 */
async function* regroup(bytes: RawBytes, sizes: readonly number[]): AsyncGenerator<Uint8Array, void, undefined> {
	let n = 0;
	let block = newBlock(sizes[0] as number);
	let filled = 0;
	for await (const piece of bytes.stream()) {
		for (let at = 0; at < piece.length && n < sizes.length; ) {
			const taken = Math.min(piece.length - at, block.length - filled);
			block.set(piece.subarray(at, at + taken), filled);
			at += taken;
			filled += taken;
			if (filled < block.length || ++n === sizes.length) continue;
			yield block;
			block = newBlock(sizes[n] as number);
			filled = 0;
		}
		if (n === sizes.length && bytes.file !== undefined) break;
	}
	if (n < sizes.length) throw new StoreError("CORRUPT", `${bytes.name} is truncated: it ends within the values`);
	yield block;
}

function newBlock(size: number): Uint8Array {
	return new Uint8Array(allocate(size));
}

async function* pickedSlabs(layout: RawLayout, bytes: RawBytes): AsyncGenerator<NdArray, void, undefined> {
	const unpacked = bytes.file ?? { path: join(tmpdir(), `tesserae-${randomUUID()}`), offset: 0 };
	if (bytes.file === undefined) await writePieces(unpacked.path, bytes.stream());
	try {
		const handle = await onFile(unpacked.path, () => open(unpacked.path));
		try {
			yield* pickSlabs(layout, handle, unpacked.offset);
		} finally {
			await handle.close();
		}
	} finally {
		if (bytes.file === undefined) await rm(unpacked.path, { force: true });
	}
}

/** In F order the file is a table: a line for each place on the other axes, along which the rows of the array lie. */
async function* pickSlabs(
	layout: RawLayout,
	handle: FileHandle,
	offset: number,
): AsyncGenerator<NdArray, void, undefined> {
	const { shape, dtype } = layout;
	const [rows = 1, ...rest] = shape;
	const table = { handle, offset, lines: product(rest), lineBytes: rows * dtype.itemSize };
	let first = 0;
	for (const count of slabHeights(rows, rowsWithin(LARGEST_WHOLE, table.lines * dtype.itemSize))) {
		const block = await readColumns(table, first * dtype.itemSize, count * dtype.itemSize);
		yield blockOf(await decode(block, layout), [count, ...rest], layout);
		first += count;
	}
}

interface Table {
	readonly handle: FileHandle;
	readonly offset: number;
	readonly lines: number;
	readonly lineBytes: number;
}

/** Parts of lines from this size on are read one by one; smaller ones are picked from whole lines. */
const LARGE_PART = 64 * 2 ** 10;
const LINES_AT_ONCE = 4 * 2 ** 20;

/** Bytes `start` to `start + length` of every line, one after the other. */
async function readColumns(table: Table, start: number, length: number): Promise<Uint8Array> {
	const { handle, offset, lines, lineBytes } = table;
	const columns = newBlock(lines * length);
	if (length >= LARGE_PART || lineBytes > LINES_AT_ONCE) {
		for (let line = 0; line < lines; line++)
			await readInto(handle, columns.subarray(line * length, (line + 1) * length), offset + line * lineBytes + start);
		return columns;
	}
	const atOnce = Math.floor(LINES_AT_ONCE / lineBytes);
	const buffer = new Uint8Array(atOnce * lineBytes);
	for (let line = 0; line < lines; line += atOnce) {
		const count = Math.min(atOnce, lines - line);
		await readInto(handle, buffer.subarray(0, count * lineBytes), offset + line * lineBytes);
		for (let i = 0; i < count; i++) {
			const from = i * lineBytes + start;
			columns.set(buffer.subarray(from, from + length), (line + i) * length);
		}
	}
	return columns;
}
