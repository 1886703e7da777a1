import type { CallReference, Ended, TaskOutcome } from "./wire.js";

/** What a worker process tells one of its threads. */
export type ToThread =
	| {
			readonly kind: "run";
			readonly call: string;
			/** Left out where the thread knows the call. */
			readonly reference: CallReference | undefined;
			readonly tasks: readonly number[];
	  }
	/** Stop what runs. */
	| { readonly kind: "stop" }
	/** The call is over. */
	| { readonly kind: "forget"; readonly call: string };

/** What the thread answers. */
export type FromThread =
	| { readonly kind: "outcome"; readonly outcome: TaskOutcome; readonly bytes: number }
	/** Of the batch; `forgot`: the call is to be sent again with the next one. */
	| { readonly kind: "ended"; readonly ended: Omit<Ended, "overhead">; readonly forgot: boolean };

export interface ThreadData {
	readonly control: SharedArrayBuffer;
	/** Of this host's kernels. */
	readonly kernels: string | undefined;
	readonly host: string;
}

/**
 * Memory that process and thread share: whether to stop, which is seen between two tasks even where no message is, and until when the batch is this
 * worker's. A worker that was suspended for longer finds that somebody else has its batch by now, and stores nothing.
 */
export class Control {
	readonly memory: SharedArrayBuffer;
	readonly #stop: Int32Array;
	readonly #until: BigInt64Array;

	constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(16)) {
		this.memory = memory;
		this.#stop = new Int32Array(memory, 0, 1);
		this.#until = new BigInt64Array(memory, 8, 1);
	}

	get isStopped(): boolean {
		return Atomics.load(this.#stop, 0) === 1;
	}

	set isStopped(stopped: boolean) {
		Atomics.store(this.#stop, 0, stopped ? 1 : 0);
	}

	/** By the clock of this host (ms since 1970). */
	get until(): number {
		return Number(Atomics.load(this.#until, 0));
	}

	set until(time: number) {
		Atomics.store(this.#until, 0, BigInt(Math.floor(time)));
	}

	get isOurs(): boolean {
		return Date.now() < this.until;
	}
}
