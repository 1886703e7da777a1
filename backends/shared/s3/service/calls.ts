import { aborted, isStoreError, StoreError } from "../../../../src/errors.js";
import { Attempts } from "../../../../src/wrap/attempts.js";
import { Client } from "../client.js";
import type { Asked } from "../failures.js";
import type { Settings } from "../options.js";
import type { S3 } from "../sdk.js";

interface Question extends Omit<Asked, "secrets"> {
	/** What it is most like among the calls of a store. */
	readonly operation: "get" | "head" | "put" | "delete" | "list";
}

/** Of a server that does not recover: what it is asked again at most, as `retry` has it. */
const BUDGET = 500;
/** Attempts where a failure mostly means that the server cannot do what it is asked. */
const FEW = 3;

/** Requests about one bucket, tried again where their failure may pass by itself. */
export class Calls {
	readonly client: Client;
	readonly location: string;
	readonly #attempts: Attempts;
	readonly #few: Attempts;
	#closed = false;

	constructor(settings: Settings, location: string) {
		this.client = new Client(settings);
		this.location = location;
		this.#attempts = this.#patient(settings.retries + 1);
		this.#few = this.#patient(Math.min(settings.retries + 1, FEW));
	}

	get settings(): Settings {
		return this.client.settings;
	}

	get bucket(): { readonly Bucket: string } {
		return { Bucket: this.settings.bucket };
	}

	ask<T>(question: Question, work: (s3: S3, options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
		return this.#run(this.#attempts, question, work);
	}

	/** For what makes its requests by itself. */
	attempt<T>({ operation, key, signal }: Omit<Question, "what">, work: () => Promise<T>): Promise<T> {
		this.enter(signal);
		return this.#attempts.run({ operation, key, signal }, work);
	}

	/** As `ask`, undefined where there is no such object or version. */
	find<T>(
		question: Question,
		work: (s3: S3, options: { abortSignal: AbortSignal }) => Promise<T>,
	): Promise<T | undefined> {
		const { key, signal, what } = question;
		return this.attempt(question, () =>
			this.client.find({ what, key, signal }, (s3) => work(s3, { abortSignal: signal as AbortSignal })),
		);
	}

	/** As `ask`, for what not every server can do. @throws StoreError UNSUPPORTED where it fails by itself, whenever it is asked */
	async askPerhaps<T>(
		question: Question & { readonly feature: string },
		work: (s3: S3, options: { abortSignal: AbortSignal }) => Promise<T>,
	): Promise<T> {
		try {
			return await this.#run(this.#few, question, work);
		} catch (error) {
			const { status } = causeOf(error);
			if (status !== 500 && !isStoreError(error, "UNSUPPORTED")) throw error;
			throw new StoreError(
				"UNSUPPORTED",
				`${this.location}: this server has no ${question.feature} (${reason(error)})`,
				{
					cause: (error as Error).cause,
				},
			);
		}
	}

	/** @throws StoreError CLOSED, ABORTED */
	enter(signal: AbortSignal | undefined): void {
		if (this.#closed) throw new StoreError("CLOSED", `${this.location} was closed; open it again to go on using it`);
		if (signal?.aborted) throw aborted(signal);
	}

	close(): void {
		this.#closed = true;
		this.#attempts.close();
		this.#few.close();
		this.client.close();
	}

	#run<T>(
		attempts: Attempts,
		{ operation, key, signal, what }: Question,
		work: (s3: S3, options: { abortSignal: AbortSignal }) => Promise<T>,
	): Promise<T> {
		this.enter(signal);
		return attempts.run({ operation, key, signal }, () =>
			this.client.ask({ what, key, signal }, (s3) => work(s3, { abortSignal: signal as AbortSignal })),
		);
	}

	#patient(attempts: number): Attempts {
		const patience = { attempts, base: 100, cap: 20_000, attemptTimeout: undefined, onRetry: undefined };
		return new Attempts(patience, BUDGET, () => this.location);
	}
}

/** What the server said, of an error that it led to; that of a call that was given up has the error of the last attempt. */
export function causeOf(error: unknown): { readonly name?: string; readonly status?: number } {
	const { cause } = error as { readonly cause?: unknown };
	if (isStoreError(cause)) return causeOf(cause);
	return (cause ?? {}) as { name?: string; status?: number };
}

function reason(error: unknown): string {
	const { name = "error", status } = causeOf(error);
	return status === undefined ? name : `it answered ${status} ${name}`;
}
