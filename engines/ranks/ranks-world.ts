import { aborted, errorFromPlain, errorToPlain, isStoreError, type PlainError, StoreError } from "../../src/errors.js";
import type { CommonCall, Meeting, World } from "../../src/world.js";
import { decodeValue, type Entry, encodeValue, type FromSwitch, type MeetingPlace, type ToSwitch } from "./messages.js";

/** A meeting that this rank is on its way to, or waits at. */
interface Waiting {
	readonly stop: AbortController;
	readonly resolve: (values: readonly Uint8Array[]) => void;
	readonly reject: (error: unknown) => void;
	/** What this rank failed with. */
	own?: unknown;
}

/** How this rank sees the others: through the switch, which is in this process or at the other end of a line. */
export class RanksWorld implements World {
	readonly rank: number;
	readonly size: number;
	readonly #tell: (message: ToSwitch) => void;
	readonly #waiting = new Map<string, Waiting>();
	/** Meetings that fail, though this rank has yet to come to them. */
	readonly #failing = new Set<string>();
	#lastCall = 0;
	#broken: PlainError | undefined;
	#awake: NodeJS.Timeout | undefined;

	constructor({ rank, size }: Pick<World, "rank" | "size">, tell: (message: ToSwitch) => void) {
		this.rank = rank;
		this.size = size;
		this.#tell = tell;
	}

	begin(what: string): CommonCall {
		const call = ++this.#lastCall;
		let stage = 0;
		return {
			world: this,
			meet: (kind, work, signal) => this.#meet({ call, stage: ++stage }, { kind, what, work }, signal),
			end: (error) => {
				for (const key of this.#failing) if (key.startsWith(`${call}.`)) this.#failing.delete(key);
				if (this.#broken === undefined)
					this.#tell({ type: "end", call, error: error === undefined ? undefined : toldAs(error) });
			},
		};
	}

	/** The others need not wait for this rank any longer. */
	leave(error: unknown): void {
		this.#tell({ type: "bye", error: error === undefined ? undefined : errorToPlain(failed(this.rank, error)) });
	}

	/** What the switch tells. */
	hear(message: FromSwitch): void {
		if (message.type === "broken") this.#break(message.error, message.rank);
		if (!("call" in message)) return;
		const waiting = this.#waiting.get(keyOf(message));
		if (waiting === undefined && message.type === "stop") this.#failing.add(keyOf(message));
		if (waiting === undefined) return;
		if (message.type === "stop") waiting.stop.abort();
		else if (message.type === "met") waiting.resolve(message.values);
		else if (message.rank === this.rank && waiting.own !== undefined) waiting.reject(waiting.own);
		else waiting.reject(errorFromPlain(message.error));
	}

	async #meet<T>(
		place: MeetingPlace,
		{ kind, what, work }: { kind: Meeting; what: string; work: (signal: AbortSignal) => Promise<T> },
		signal: AbortSignal | undefined,
	): Promise<readonly T[]> {
		const stop = new AbortController();
		const key = keyOf(place);
		const met = new Promise<readonly Uint8Array[]>((resolve, reject) => {
			this.#waiting.set(key, { stop, resolve, reject });
		});
		met.catch(() => {});
		if (this.#failing.delete(key)) stop.abort();
		this.#stayAwake();
		try {
			if (this.#broken !== undefined) throw errorFromPlain(this.#broken);
			const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
			const outcome = await this.#outcome(kind, () => work(both), this.#waiting.get(key) as Waiting);
			this.#tell({ type: "enter", ...place, entry: { what, kind, outcome } });
			const values = await orAborted(met, signal, (error) => {
				(this.#waiting.get(key) as Waiting).own = error;
				this.#tell({ type: "cancel", ...place, error: toldAs(error) });
			});
			return values.map((bytes) => decodeValue(bytes) as T);
		} finally {
			this.#waiting.delete(key);
			this.#stayAwake();
		}
	}

	async #outcome<T>(kind: Meeting, work: () => Promise<T>, waiting: Waiting): Promise<Entry["outcome"]> {
		try {
			const value = await work();
			const sends = kind !== "nothing" && (kind !== "root" || this.rank === 0);
			return { value: sends ? encodeValue(value) : undefined };
		} catch (error) {
			waiting.own = error;
			return { error: toldAs(error) };
		}
	}

	#break(error: PlainError, rank: number | undefined): void {
		if (this.#broken !== undefined) return;
		this.#broken = error;
		tellLauncher(rank);
		for (const { stop, reject } of this.#waiting.values()) {
			stop.abort();
			reject(errorFromPlain(error));
		}
	}

	/** Lines do not keep the process alive; who waits at a meeting does. */
	#stayAwake(): void {
		if (this.#waiting.size > 0) this.#awake ??= setInterval(() => {}, LONG);
		else {
			clearInterval(this.#awake);
			this.#awake = undefined;
		}
	}
}

/** `tesserae ranks` ends as the rank did that was lost, and not as those that fail because of it, which may end sooner. */
function tellLauncher(rank: number | undefined): void {
	if (process.channel && process.ppid === Number(process.env.TESSERAE_LAUNCHER))
		process.send?.({ tesseraeLostRank: rank });
}

const LONG = 2 ** 30;

function keyOf({ call, stage }: MeetingPlace): string {
	return `${call}.${stage}`;
}

/** What the others are told of an error that ended a call: that of a timeout is no cancellation to them either. */
function toldAs(error: unknown): PlainError {
	const isTimeout = isStoreError(error, "ABORTED") && (error.cause as Error | undefined)?.name === "TimeoutError";
	if (!isTimeout) return errorToPlain(error);
	return errorToPlain(new StoreError("TIMEOUT", "the call took longer than its timeout", { cause: error.cause }));
}

/** What the others are told of an error that ended a rank: a StoreError keeps its code. */
function failed(rank: number, error: unknown): StoreError {
	const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
	if (isStoreError(error))
		return new StoreError(error.code, `rank ${rank} failed: ${message}`, { ...error, cause: error });
	return new StoreError("WORKER_LOST", `rank ${rank} failed: ${name}: ${message}`, { cause: error });
}

/** How long ranks that are at work are waited for after a call was cancelled (ms): what they still write could not be cleared up before. */
const PATIENCE = 1000;

/** As `met`. Once the signal is aborted the meeting is cancelled for all, and soon left even where that is not answered. */
async function orAborted<T>(
	met: Promise<T>,
	signal: AbortSignal | undefined,
	cancel: (error: StoreError) => void,
): Promise<T> {
	if (signal === undefined) return met;
	let leave: (error: unknown) => void = () => {};
	let patience: NodeJS.Timeout | undefined;
	const left = new Promise<never>((_, reject) => {
		leave = reject;
	});
	const onAbort = (): void => {
		const error = aborted(signal);
		patience = setTimeout(() => leave(error), PATIENCE);
		cancel(error);
	};
	if (signal.aborted) onAbort();
	else signal.addEventListener("abort", onAbort, { once: true });
	try {
		return await Promise.race([met, left]);
	} finally {
		clearTimeout(patience);
		signal.removeEventListener("abort", onAbort);
	}
}
