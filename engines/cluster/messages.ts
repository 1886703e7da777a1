/** What a worker process and its owner tell each other. */
import type { PlainError } from "../../src/errors.js";
import type { Answer, Batch, BatchResult, Request } from "../shared/messages.js";
import type { JobReference } from "../shared/references.js";

export type ToWorker =
	/** `job` is left out where the worker has it. */
	| { readonly kind: "batch"; readonly id: number; readonly batch: Batch; readonly job: JobReference | undefined }
	/** `cancelled`: stop what runs of it. `finished`: forget it. */
	| { readonly kind: "cancelled" | "finished"; readonly job: number }
	| { readonly kind: "answer"; readonly answer: Answer }
	/** The variables that the owner's environment has by now. */
	| { readonly kind: "environment"; readonly environment: NodeJS.ProcessEnv };

export type FromWorker =
	| { readonly kind: "ready" }
	| { readonly kind: "result"; readonly id: number; readonly result: BatchResult }
	| { readonly kind: "request"; readonly request: Request }
	/** It ends by an error that nobody caught. */
	| { readonly kind: "failed"; readonly error: PlainError };

/** File descriptor of the line that says nothing, and ends when the owner does. */
export const LIFELINE = 4;
