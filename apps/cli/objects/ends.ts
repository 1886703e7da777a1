import type { Objects } from "./open-objects.js";

/** Where bytes come from or go to. */
export type End =
	| ({ readonly kind: "objects" } & Objects)
	| { readonly kind: "local"; readonly path: string }
	/** stdin or stdout. */
	| { readonly kind: "stream" };

/** Something to be moved: bytes with a name. */
export interface Item {
	/** Below the place it comes from, with slashes; of a stream `""`. */
	readonly name: string;
	/** Bytes; undefined where nobody knows before they have come. */
	readonly size: number | undefined;
	/** The object that it is, which the service of both ends may copy by itself. */
	readonly stored?: { readonly target: string; readonly key: string };
	open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export interface MoveOptions {
	/** A whole directory. */
	readonly recursive?: boolean;
	/** Where there is something already. Default `error`. */
	readonly ifExists?: "error" | "replace" | "skip";
	/** Media type of new objects; by default the one that the ending of the name stands for. */
	readonly contentType?: string;
	/** Of new files. */
	readonly fileMode?: number;
}
