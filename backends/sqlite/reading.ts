import { checkLimit, conflict, type Etag, type Fetched, type GetOptions, spanOf } from "../../src/backend.js";
import { StoreError } from "../../src/errors.js";
import type { ReadSettings, Store } from "./store.js";
import { type ObjectRow, PIECE, piecesOf, rollBack, type Tables } from "./tables.js";

/** A part of an object, and the memory that it is read into. */
interface Target {
	readonly start: number;
	readonly end: number;
	readonly bytes: Uint8Array;
}

/** Attempts to read an object in turns while it is replaced again and again; then it is read in one. */
const ATTEMPTS = 4;

/** Reads an object, or ranges of it, in one version. */
export async function readObject(
	store: Store,
	key: string,
	options: GetOptions & ReadSettings,
): Promise<Fetched | undefined> {
	if (options.ranges === undefined) {
		const row = await store.read((tables) => tables?.open(key), options);
		if (row === undefined) return undefined;
		checkLimit(key, row.size, options.limit);
		if (row.size <= PIECE) return whole(row, row.bytes, { key, ifMatch: options.ifMatch });
	}
	for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
		const row = await store.read((tables) => tables?.head(key), options);
		if (row === undefined) return undefined;
		const targets = targetsOf(row, key, options);
		if (await fillInTurns(store, row, targets, options)) return fetched(row, targets);
	}
	return await store.read((tables) => tables && readAtOnce(tables, key, options), options);
}

function whole(
	row: ObjectRow,
	bytes: Uint8Array | null,
	{ key, ifMatch }: { readonly key: string; readonly ifMatch: Etag | undefined },
): Fetched {
	if (ifMatch !== undefined && ifMatch !== String(row.generation)) throw conflict(key);
	if (bytes?.byteLength !== row.size) throw damaged(key);
	// Not the Buffer itself: its `slice` does not copy, as that of other arrays does.
	const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return { parts: [plain], etag: String(row.generation), size: row.size };
}

function targetsOf(row: ObjectRow, key: string, { ranges, ifMatch, into, limit }: GetOptions): Target[] {
	if (ifMatch !== undefined && ifMatch !== String(row.generation)) throw conflict(key);
	if (ranges === undefined) {
		checkLimit(key, row.size, limit);
		const room = into !== undefined && into.byteLength >= row.size ? into.subarray(0, row.size) : allocate(row.size);
		return [{ start: 0, end: row.size, bytes: room }];
	}
	return ranges.map((range) => {
		const { start, end } = spanOf(range, row.size);
		return { start, end, bytes: allocate(end - start) };
	});
}

/** Memory of its own, not part of Node's pool: what is read may live long. Not zeroed. */
function allocate(size: number): Uint8Array {
	return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
}

function fetched(row: ObjectRow, targets: readonly Target[]): Fetched {
	return { parts: targets.map(({ bytes }) => bytes), etag: String(row.generation), size: row.size };
}

/** Piece by piece, with turns for others between. False where the object was replaced meanwhile. */
async function fillInTurns(
	store: Store,
	row: ObjectRow,
	targets: readonly Target[],
	settings: ReadSettings,
): Promise<boolean> {
	for (const index of touched(row, targets)) {
		const filled = await store.read((tables) => tables !== undefined && fill(tables, row, index, targets), settings);
		if (!filled) return false;
	}
	return true;
}

function readAtOnce(tables: Tables, key: string, options: GetOptions): Fetched | undefined {
	tables.database.exec("BEGIN");
	try {
		const row = tables.head(key);
		if (row === undefined) return undefined;
		const targets = targetsOf(row, key, options);
		for (const index of touched(row, targets)) if (!fill(tables, row, index, targets)) throw damaged(key);
		return fetched(row, targets);
	} finally {
		rollBack(tables.database);
	}
}

/** The pieces that some target needs, by their places in the object. */
function* touched(row: ObjectRow, targets: readonly Target[]): Generator<number> {
	for (let index = 0; index < piecesOf(row.size); index++) if (overlapping(targets, index).length > 0) yield index;
}

function overlapping(targets: readonly Target[], index: number): Target[] {
	return targets.filter(({ start, end }) => start < end && start < (index + 1) * PIECE && end > index * PIECE);
}

/** Copies one piece to all targets that need some of it; false where it is not there, or not whole. */
function fill(tables: Tables, row: ObjectRow, index: number, targets: readonly Target[]): boolean {
	const wanted = overlapping(targets, index);
	const base = index * PIECE;
	const from = Math.max(0, Math.min(...wanted.map(({ start }) => start)) - base);
	const to = Math.min(PIECE, row.size - base, Math.max(...wanted.map(({ end }) => end)) - base);
	const all = from === 0 && to === Math.min(PIECE, row.size - base);
	const id = row.generation + index;
	const bytes = all ? tables.piece(id) : tables.partOfPiece(id, from, to - from);
	if (bytes?.byteLength !== to - from) return false;
	for (const target of wanted) {
		const start = Math.max(target.start, base + from);
		const end = Math.min(target.end, base + to);
		target.bytes.set(bytes.subarray(start - base - from, end - base - from), start - target.start);
	}
	return true;
}

function damaged(key: string): StoreError {
	return new StoreError(
		"CORRUPT",
		`${JSON.stringify(key)} is not whole in the database: restore the file from a copy, or write the object again`,
		{ key },
	);
}
