/** The stable codes of {@link StoreError}: what went wrong, in a word that programs may compare. */
export type ErrorCode =
	| "NOT_FOUND"
	| "ALREADY_EXISTS"
	| "CONFLICT"
	| "FORBIDDEN"
	| "READ_ONLY"
	| "UNAVAILABLE"
	| "THROTTLED"
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
	/** Milliseconds that the store asked to be left alone. */
	readonly retryAfter?: number | undefined;
	readonly cause?: unknown;
}

/** The one error class: `code` for programs, `message` for people (it says what to do). */
export class StoreError extends Error {
	override readonly name: string = "StoreError";
	readonly code: ErrorCode;
	readonly key?: string;
	readonly dataset?: string;
	readonly chunk?: readonly number[];
	readonly retryAfter?: number;

	constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
		super(message, context.cause === undefined ? undefined : { cause: context.cause });
		this.code = code;
		if (context.key !== undefined) this.key = context.key;
		if (context.dataset !== undefined) this.dataset = context.dataset;
		if (context.chunk !== undefined) this.chunk = context.chunk;
		if (context.retryAfter !== undefined) this.retryAfter = context.retryAfter;
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

/** An error as plain data that crosses threads and processes; see {@link errorFromPlain}. */
export interface PlainError {
	readonly name: string;
	readonly message: string;
	readonly stack: string | undefined;
	readonly code: ErrorCode | undefined;
	readonly context: Omit<ErrorContext, "cause">;
	readonly cause: PlainError | undefined;
}

export function errorToPlain(error: unknown): PlainError {
	if (!(error instanceof Error))
		return { name: "Error", message: String(error), stack: undefined, code: undefined, context: {}, cause: undefined };
	const { key, dataset, chunk, retryAfter, code } = isStoreError(error) ? error : ({} as Partial<StoreError>);
	const cause = error.cause === undefined ? undefined : errorToPlain(error.cause);
	return {
		name: error.name,
		message: error.message,
		stack: error.stack,
		code,
		context: { key, dataset, chunk, retryAfter },
		cause,
	};
}

export function errorFromPlain(plain: PlainError): Error {
	const cause = plain.cause && errorFromPlain(plain.cause);
	const error =
		plain.code === undefined
			? Object.assign(new Error(plain.message, { cause }), { name: plain.name })
			: new StoreError(plain.code, plain.message, { ...plain.context, cause });
	if (plain.stack !== undefined) error.stack = plain.stack;
	return error;
}
