/** What the harness asks of a side, and what a side answers: one line of JSON each. `python_side.py` speaks the same. */

/** Start, stop and step of every axis. */
export type Box = readonly (readonly [number, number, number])[];

/** Reads the selections, `concurrency` of them at once. */
export interface ReadCommand {
	readonly what: "read";
	readonly path: string;
	readonly selections: readonly Box[];
	readonly concurrency: number;
	/** Asks for a digest of what was read: SHA-256 of the joined SHA-256 of each selection, in hexadecimal. */
	readonly digest?: boolean;
}

/** Reads everything and writes it into a new array of the same settings, which is made before the clock. */
export interface CopyCommand {
	readonly what: "copy";
	readonly path: string;
	readonly to: string;
	/** True: every file is on the disk when the work is done. False: when the system gets to it. */
	readonly flushed: boolean;
}

/** Writes what `from` selects of one array, read before the clock, into a box of another. */
export interface OverwriteCommand {
	readonly what: "overwrite";
	readonly path: string;
	readonly from: Box;
	readonly to: string;
	readonly box: Box;
	readonly flushed: boolean;
}

export type WorkCommand = ReadCommand | CopyCommand | OverwriteCommand;

export type Command = WorkCommand | { readonly what: "versions" } | { readonly what: "peak" };

/** Of work that was timed. Milliseconds. */
export interface WorkAnswer {
	readonly wall: number;
	readonly cpu: number;
	readonly digest?: string;
}

export interface PeakAnswer {
	/** The most memory resident at once since the process began (MiB). */
	readonly peak: number;
}
