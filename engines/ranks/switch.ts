import { errorToPlain, type PlainError, StoreError } from "../../src/errors.js";
import type { Entry, FromSwitch, MeetingPlace, ToSwitch } from "./messages.js";

interface Stage {
	readonly entries: (Entry | undefined)[];
	failure: { readonly error: PlainError; readonly rank: number | undefined } | undefined;
}

interface Call {
	readonly stages: Map<number, Stage>;
	/** Ranks that have left it, with what they failed with. */
	readonly ended: ({ readonly error: PlainError | undefined } | undefined)[];
}

/** Where the ranks of a job meet: at root, which hears of everything and tells everybody what came of it. */
export class Switch {
	readonly #size: number;
	readonly #tell: (ranks: readonly number[], message: FromSwitch) => void;
	readonly #calls = new Map<number, Call>();
	readonly #everybody: readonly number[];
	/** Once a rank is gone nothing can be done together any more. */
	#broken: PlainError | undefined;

	constructor(size: number, tell: (ranks: readonly number[], message: FromSwitch) => void) {
		this.#size = size;
		this.#tell = tell;
		this.#everybody = Array.from({ length: size }, (_, rank) => rank);
	}

	hear(rank: number, message: ToSwitch): void {
		if (message.type === "bye") this.lose(rank, message.error ?? errorToPlain(ended(rank)));
		else if (this.#broken !== undefined) return;
		else if (message.type === "end") this.#end(rank, message.call, message.error);
		else if (message.type === "cancel") this.#cancel(rank, message);
		else this.#enter(rank, message.call, message.stage, message.entry);
	}

	/** A rank is gone. */
	lose(rank: number, error: PlainError = errorToPlain(lost(rank))): void {
		if (this.#broken !== undefined) return;
		this.#broken = error;
		this.#calls.clear();
		this.#tell(
			this.#everybody.filter((other) => other !== rank),
			{ type: "broken", error, rank },
		);
	}

	#cancel(rank: number, { call, stage, error }: MeetingPlace & { readonly error: PlainError }): void {
		if (!this.#calls.get(call)?.stages.has(stage)) return;
		this.#fail(call, stage, { error, rank });
		this.#settle(call, stage);
	}

	#call(number: number): Call {
		let call = this.#calls.get(number);
		if (call === undefined) {
			call = { stages: new Map(), ended: new Array(this.#size).fill(undefined) };
			this.#calls.set(number, call);
		}
		return call;
	}

	#end(rank: number, number: number, error: PlainError | undefined): void {
		const call = this.#call(number);
		call.ended[rank] = { error };
		for (const [stage, { entries }] of call.stages)
			if (entries[rank] === undefined) {
				this.#fail(number, stage, { error: error ?? errorToPlain(left(rank, entries)), rank });
				this.#settle(number, stage);
			}
		if (call.ended.every((end) => end !== undefined)) this.#calls.delete(number);
	}

	#enter(rank: number, number: number, stageNumber: number, entry: Entry): void {
		const call = this.#call(number);
		let stage = call.stages.get(stageNumber);
		if (stage === undefined) {
			stage = { entries: new Array(this.#size).fill(undefined), failure: undefined };
			call.stages.set(stageNumber, stage);
		}
		const other = stage.entries.findIndex((present) => present !== undefined);
		stage.entries[rank] = entry;
		const { outcome } = entry;
		const gone = call.ended.findIndex((end) => end !== undefined);
		if ("error" in outcome) this.#fail(number, stageNumber, { error: outcome.error, rank });
		else if (other >= 0 && !isSame(stage.entries[other] as Entry, entry))
			this.#fail(number, stageNumber, { error: errorToPlain(apart(stage.entries)), rank: undefined });
		else if (gone >= 0) {
			const error = call.ended[gone]?.error ?? errorToPlain(left(gone, stage.entries));
			this.#fail(number, stageNumber, { error, rank: gone });
		}
		this.#settle(number, stageNumber);
	}

	/** The first failure counts. Ranks that are still at work for this stage need not go on. */
	#fail(number: number, stageNumber: number, failure: NonNullable<Stage["failure"]>): void {
		const { ended, stages } = this.#call(number);
		const stage = stages.get(stageNumber) as Stage;
		if (stage.failure !== undefined) return;
		stage.failure = failure;
		const working = this.#everybody.filter((rank) => stage.entries[rank] === undefined && ended[rank] === undefined);
		this.#tell(working, { type: "stop", call: number, stage: stageNumber });
	}

	/** Tells what came of a stage once nobody is at work for it any more. */
	#settle(number: number, stageNumber: number): void {
		const { stages, ended } = this.#call(number);
		const { entries, failure } = stages.get(stageNumber) as Stage;
		const present = this.#everybody.filter((rank) => entries[rank] !== undefined);
		if (!this.#everybody.every((rank) => entries[rank] !== undefined || ended[rank] !== undefined)) return;
		stages.delete(stageNumber);
		const place = { call: number, stage: stageNumber };
		if (failure !== undefined) {
			this.#tell(present, { type: "failed", ...place, ...failure });
			return;
		}
		const { kind } = entries[0] as Entry;
		const values = (entries as Entry[]).flatMap(({ outcome }) =>
			"value" in outcome && outcome.value !== undefined ? [outcome.value] : [],
		);
		if (kind !== "at-root") this.#tell(present, { type: "met", ...place, values });
		else {
			this.#tell([0], { type: "met", ...place, values });
			this.#tell(present.slice(1), { type: "met", ...place, values: [] });
		}
	}
}

function isSame(a: Entry, b: Entry): boolean {
	return a.what === b.what && a.kind === b.kind;
}

function apart(entries: readonly (Entry | undefined)[]): StoreError {
	const places = entries.flatMap((entry, rank) => (entry === undefined ? [] : [`rank ${rank} is in ${entry.what}`]));
	return new StoreError("INVALID_ARGUMENT", `${places.join(", ")}: ${IN_ORDER}`);
}

function left(rank: number, entries: readonly (Entry | undefined)[]): StoreError {
	const waiting = entries.findIndex((entry) => entry !== undefined);
	const what = entries[waiting]?.what;
	return new StoreError(
		"INVALID_ARGUMENT",
		`rank ${rank} has done with ${what}, in which rank ${waiting} still waits for it: ${IN_ORDER}`,
	);
}

const IN_ORDER = "all ranks make the same calls with the same arguments, in the same order";

function ended(rank: number): StoreError {
	return new StoreError(
		"WORKER_LOST",
		`rank ${rank} has ended its program, without the calls that other ranks still make: ${IN_ORDER}`,
	);
}

function lost(rank: number): StoreError {
	return new StoreError("WORKER_LOST", `rank ${rank} was lost: its process was killed, or its host is out of reach`);
}
