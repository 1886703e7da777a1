import { conflict, type Etag, type Write } from "../../src/backend.js";
import { type LooseRow, type ObjectRow, PIECE, piecesOf, type Tables } from "./tables.js";

/** What is done to the tables within a transaction. Every function here is synchronous. */

/** Bytes that one step of writing or removing handles at most, some milliseconds. */
export const STEP: number = 2 * PIECE;
/** Rows that one step removes at most. */
const STEP_ROWS = 1000;

/** What is stored under the keys of some writes, in their order. */
type Found = readonly (ObjectRow | undefined)[];

/** @throws StoreError CONFLICT where a precondition does not hold */
export function lookUp(tables: Pick<Tables, "head">, writes: readonly Write[]): Found {
	return writes.map(({ key, when }) => {
		const row = tables.head(key);
		if (when === undefined) return row;
		const holds = "absent" in when ? row === undefined : row !== undefined && String(row.generation) === when.etag;
		if (!holds) throw conflict(key);
		return row;
	});
}

/** Stores and deletes. When it throws CONFLICT nothing was changed. */
export function store(tables: Tables, writes: readonly Write[]): (Etag | undefined)[] {
	const found = lookUp(tables, writes);
	const count = countPieces(writes);
	const first = count === 0 ? 0 : tables.reserve(count);
	for (const { id, bytes } of piecesFrom(first, writes)) tables.addPiece(id, bytes);
	return publish(tables, writes, { found, first });
}

/** Makes the keys name their new pieces, which begin at `first`, and gives up the old ones. */
export function publish(
	tables: Tables,
	writes: readonly Write[],
	{ found, first }: { readonly found: Found; readonly first: number },
): (Etag | undefined)[] {
	let next = first;
	const etags = writes.map(({ key, bytes }, i) => {
		if (bytes === undefined) {
			if (found[i] !== undefined) tables.forget(key);
			return undefined;
		}
		const generation = next;
		next += piecesOf(bytes.byteLength);
		tables.point(key, generation, bytes.byteLength);
		return String(generation);
	});
	giveUp(tables, found);
	return etags;
}

/** Removes the pieces of replaced objects; those beyond one step's worth become loose, and are removed later. */
function giveUp(tables: Tables, found: Found): void {
	let freed = 0;
	for (const row of found) {
		if (row === undefined) continue;
		const count = piecesOf(row.size);
		freed += row.size;
		if (freed > STEP) tables.loosen({ first: row.generation, count }, 0);
		else for (let n = 0; n < count; n++) tables.removePiece(row.generation + n);
	}
}

/** Removes some of the pieces that nobody needs any more. */
export function sweepStep(tables: Tables, now: number): void {
	for (let bytes = 0, rows = 0; bytes < STEP && rows < STEP_ROWS; ) {
		const range = tables.oldestLoose(now);
		if (range === undefined) return;
		let n = 0;
		for (; n < range.count && bytes < STEP && rows < STEP_ROWS; n++, rows++) {
			bytes += tables.lengthOfPiece(range.first + n);
			tables.removePiece(range.first + n);
		}
		shorten(tables, range, n);
	}
}

function shorten(tables: Tables, { first, count }: LooseRow, by: number): void {
	tables.fasten(first);
	if (by < count) tables.loosen({ first: first + by, count: count - by }, 0);
}

export interface Piece {
	readonly id: number;
	readonly bytes: Uint8Array;
}

/** The rows that hold what is written, their ids counted from `first`. */
export function* piecesFrom(first: number, writes: readonly Write[]): Generator<Piece> {
	let id = first;
	for (const { bytes } of writes) {
		if (bytes === undefined) continue;
		for (let n = 0, count = piecesOf(bytes.byteLength); n < count; n++)
			yield { id: id++, bytes: bytes.subarray(n * PIECE, (n + 1) * PIECE) };
	}
}

export function countPieces(writes: readonly Write[]): number {
	return writes.reduce((sum, { bytes }) => sum + (bytes === undefined ? 0 : piecesOf(bytes.byteLength)), 0);
}
