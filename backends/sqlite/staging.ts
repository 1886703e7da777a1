import type { Etag, Write } from "../../src/backend.js";
import { countPieces, lookUp, type Piece, piecesFrom, publish, STEP, store } from "./changes.js";
import { LOG_SIZE, replaced } from "./database-file.js";
import { requireRoom } from "./failures.js";
import { type LooseRow, PIECE, type Tables } from "./tables.js";
import type { Writer, WriteSettings } from "./writer.js";

/** Milliseconds after which what a writer has staged, and not touched since, is taken to be abandoned. */
const ABANDONED = 3_600_000;

export interface Commit {
	readonly writes: readonly Write[];
	/** Of the store, for messages. */
	readonly path: string;
	readonly settings: WriteSettings;
	readonly signal: AbortSignal | undefined;
}

/**
 * Stores all or none. What is large is first written in short transactions to rows that no object refers to yet, so that neither this thread
 * nor other writers wait for it, and the log stays small; one last transaction makes the objects refer to them.
 */
export async function commit(
	writer: Writer,
	{ writes, path, settings, signal }: Commit,
): Promise<(Etag | undefined)[]> {
	const bytes = writes.reduce((sum, write) => sum + (write.bytes?.byteLength ?? 0), 0);
	const common = { settings, signal, key: writes.length === 1 ? writes[0]?.key : undefined };
	if (bytes <= STEP) return await writer.submit({ ...common, bytes, run: (tables) => store(tables, writes) });

	const early = { ...common, settings: { ...settings, durable: false } };
	const stage = await writer.submit({
		...early,
		bytes: 0,
		run: (tables) => Stage.begin(tables, writes, { path, bytes }),
	});
	try {
		for (const slice of slices(piecesFrom(stage.range.first, writes)))
			await writer.submit({ ...early, bytes: PIECE, run: (tables) => stage.add(tables, slice) });
		return await writer.submit({ ...common, bytes: 0, run: (tables) => stage.publish(tables, writes) });
	} catch (error) {
		writer.abandon(stage);
		throw error;
	}
}

/** Rows that are being written, in the file in which they were begun. */
class Stage {
	readonly tables: Tables;
	readonly range: LooseRow;
	readonly #path: string;

	constructor(tables: Tables, range: LooseRow, path: string) {
		this.tables = tables;
		this.range = range;
		this.#path = path;
	}

	/** @throws StoreError CONFLICT where it is clear already that a precondition does not hold, NO_SPACE */
	static begin(tables: Tables, writes: readonly Write[], { path, bytes }: { path: string; bytes: number }): Stage {
		lookUp(tables, writes);
		requireRoom(path, bytes + LOG_SIZE - tables.unused());
		const count = countPieces(writes);
		const stage = new Stage(tables, { first: tables.reserve(count), count }, path);
		tables.loosen(stage.range, Date.now() + ABANDONED);
		return stage;
	}

	add(tables: Tables, pieces: readonly Piece[]): void {
		this.#check(tables);
		tables.loosen(this.range, Date.now() + ABANDONED);
		for (const { id, bytes } of pieces) tables.addPiece(id, bytes);
	}

	publish(tables: Tables, writes: readonly Write[]): (Etag | undefined)[] {
		this.#check(tables);
		const found = lookUp(tables, writes);
		tables.fasten(this.range.first);
		return publish(tables, writes, { found, first: this.range.first });
	}

	/** The rows are still there: the file is the same, and nobody took them for abandoned. */
	#check(tables: Tables): void {
		if (tables !== this.tables || !tables.isLoose(this.range)) throw replaced(this.#path);
	}
}

/** Some pieces at a time, one step's worth at most. */
function* slices(pieces: Iterable<Piece>): Generator<Piece[]> {
	let slice: Piece[] = [];
	let bytes = 0;
	for (const piece of pieces) {
		if (slice.length > 0 && bytes + piece.bytes.byteLength > PIECE) {
			yield slice;
			slice = [];
			bytes = 0;
		}
		slice.push(piece);
		bytes += piece.bytes.byteLength;
	}
	if (slice.length > 0) yield slice;
}
