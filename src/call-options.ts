/** What a call that takes its time is given, and tells. */

export interface Progress {
	/** Tasks done, and to be done. */
	readonly done: number;
	readonly total: number;
	/** Bytes that the done tasks have handled. */
	readonly bytes: number;
	/** Tasks that were begun again because the worker that had them was lost; left out where none was. */
	readonly retries?: number | undefined;
}

/** What every long call takes. */
export interface CallOptions {
	readonly signal?: AbortSignal | undefined;
	readonly onProgress?: ((progress: Progress) => void) | undefined;
}
