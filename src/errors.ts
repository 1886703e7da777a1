/** The stable codes of {@link StoreError}: what went wrong, in a word that programs may compare. */
export type ErrorCode =
	| "NOT_FOUND"
	| "ALREADY_EXISTS"
	| "CONFLICT"
	| "FORBIDDEN"
	| "READ_ONLY"
	| "UNAVAILABLE"
	| "TIMEOUT"
	| "ABORTED"
	| "CLOSED"
	| "CORRUPT"
	| "INVALID_ARGUMENT"
	| "OUT_OF_BOUNDS"
	| "TOO_LARGE"
	| "NO_SPACE"
	| "UNSUPPORTED"
	| "KERNEL_NOT_PORTABLE"
	| "KERNEL_FAILED"
	| "WORKER_LOST"
	| "OUT_OF_BUDGET"
	| "INTERNAL";

/** What an error was about; each member is set where it is known. */
export interface ErrorContext {
	/** The object's key in the store. */
	readonly key?: string | undefined;
	/** The dataset's name. */
	readonly dataset?: string | undefined;
	/** The chunk's coordinates in the chunk grid. */
	readonly chunk?: readonly number[] | undefined;
	readonly cause?: unknown;
}

/** The one error class: `code` for programs, `message` for people (it says what to do). */
export class StoreError extends Error {
	override readonly name: string = "StoreError";
	readonly code: ErrorCode;
	readonly key?: string;
	readonly dataset?: string;
	readonly chunk?: readonly number[];

	constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
		super(message, context.cause === undefined ? undefined : { cause: context.cause });
		this.code = code;
		if (context.key !== undefined) this.key = context.key;
		if (context.dataset !== undefined) this.dataset = context.dataset;
		if (context.chunk !== undefined) this.chunk = context.chunk;
	}
}

/**
 * True where `error` is a {@link StoreError}, and of the given code if one is given. Goes by name, not by
 * class, so that an error of another copy of the package, or one that crossed a thread, is recognised too.
 */
export function isStoreError(error: unknown, code?: ErrorCode): error is StoreError {
	if (!(error instanceof Error) || error.name !== "StoreError") return false;
	return code === undefined || (error as StoreError).code === code;
}

/** The error of a call that was cancelled through `signal`. */
export function aborted(signal: AbortSignal): StoreError {
	return new StoreError("ABORTED", "the call was cancelled through its signal", { cause: signal.reason });
}
