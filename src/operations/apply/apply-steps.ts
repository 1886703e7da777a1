/**
 * An apply in steps: begin, the phases, end. Each phase can be dealt out among several; who begins, advances and ends it is one. Whoever is killed within or
 * between steps leaves a ledger with which the rest is done.
 */
import type { Backend } from "../../backend.js";
import { requireCompareAndSwap } from "../../chunk-commit.js";
import { type CallOptions, giveWay } from "../../engine.js";
import { aborted, isStoreError, StoreError } from "../../errors.js";
import { parseJson } from "../../format/json.js";
import type { Kernel, KernelFunction } from "../../kernel.js";
import { planWhole } from "../../selection/plan.js";
import type { StoredArray } from "../../stored-array.js";
import type { Blocks } from "../blocks/block-reader.js";
import { textOf } from "../hierarchy/node-documents.js";
import { copyHere } from "../load/copy-chunks.js";
import { mapChunks } from "../map/map.js";
import type { Runtime } from "../runtime.js";
import { missingNumbers, NumberSet, numbersLeft } from "../stored-keys.js";
import { applyToChunks } from "./apply.js";
import { describeWork, differenceOf } from "./apply-work.js";
import type { OnChanged } from "./chunk-records.js";
import type { Ledger, LedgerState } from "./ledger.js";
import * as ledgers from "./ledger.js";
import { parseRecords } from "./record-blocks.js";

export interface ApplyTask {
	readonly kernel: Kernel | KernelFunction;
	readonly blocks: Blocks;
	readonly onChanged: OnChanged;
}

/** An apply that is going on. */
export interface OpenApply {
	readonly task: ApplyTask;
	readonly ledger: Ledger;
	/** It was begun by an earlier call. */
	readonly resumed: boolean;
}

/**
 * Begins an apply, or goes on with one that was interrupted. Undefined where nothing is left to do: the interruption came after the last chunk.
 * @throws StoreError CONFLICT where one was interrupted and the caller does not say what to do about it; INVALID_ARGUMENT where that was other work
 */
export async function beginApply(
	array: StoredArray,
	task: ApplyTask,
	resume: boolean | undefined,
): Promise<OpenApply | undefined> {
	const work = await describeWork(array, task.kernel, task.blocks);
	const first: LedgerState = work.halo.some((h) => h > 0) ? "mapping" : "changing";
	if (first === "changing" && !array.singleWriter) await requireCompareAndSwap(array.backend);
	for (;;) {
		const created = await ledgers.createLedger(array, work, first);
		if (created !== undefined) return { task, ledger: created, resumed: false };
		const found = await ledgers.readLedger(array);
		if (found === undefined) continue;
		const difference = resume ? differenceOf(found.header.work, work) : undefined;
		if (!ledgers.isOver(found.header)) {
			if (resume === undefined) throw refused(found);
			if (difference !== undefined) throw otherWork(found, difference);
			if (resume) return goOn(found, task);
		}
		await dropApply(found);
		const { state, id } = found.header;
		if (resume && difference === undefined && state === "complete" && !ended.has(id)) return undefined;
	}
}

async function goOn(found: Ledger, task: ApplyTask): Promise<OpenApply> {
	return { task, ledger: await ledgers.updateLedger(found, { run: ledgers.newRun() }), resumed: true };
}

function refused({ array, header }: Ledger): StoreError {
	const choices =
		"pass { resume: true } to go on with it, { resume: false } to forget it and start anew from the values as they are now";
	return new StoreError("CONFLICT", `${place(array)}: ${ledgers.interrupted(header)}; ${choices}`, context(array));
}

function otherWork({ array, header }: Ledger, difference: string): StoreError {
	const choices = "go on with the same, or pass { resume: false } to start anew from the values as they are now";
	const message = `${place(array)}: ${ledgers.interrupted(header)}, and ${difference}: ${choices}`;
	return new StoreError("INVALID_ARGUMENT", message, context(array));
}

function place({ name, backend }: StoredArray): string {
	return `${JSON.stringify(name)} in ${backend.location}`;
}

function context({ name }: StoredArray): { readonly dataset: string; readonly key: string } {
	return { dataset: name, key: ledgers.headerKey(name) };
}

/** The chunks that a phase has to do yet. */
export interface Share {
	/** Their numbers; undefined for all. */
	readonly chunks: Float64Array | undefined;
	/** Those of which there may be a record; undefined for any. */
	readonly begun: Float64Array | undefined;
}

/** What is left to do of the present phase. */
export async function remaining({ ledger, resumed }: OpenApply, signal: AbortSignal | undefined): Promise<Share> {
	const { array, header } = ledger;
	if (header.state === "copying" || !resumed) return { chunks: undefined, begun: new Float64Array(0) };
	if (!array.backend.supports.list) return { chunks: undefined, begun: undefined };
	if (header.state === "mapping")
		return { chunks: await missingNumbers(ledgers.resultsOf(ledger), signal), begun: undefined };
	return fromRecords(ledger, signal);
}

async function fromRecords({ array, header }: Ledger, signal: AbortSignal | undefined): Promise<Share> {
	const { backend, name, metadata } = array;
	const done = new NumberSet();
	const marks = ledgers.markPrefix(name, header);
	for await (const { key } of backend.list(marks, { signal })) {
		await giveWay();
		done.add(Number(key.slice(marks.length)));
	}
	for await (const [key, text] of textsUnder(backend, ledgers.donePrefix(name, header), signal))
		for (const number of parseJson(text, key) as readonly number[]) done.add(number);
	const begun: number[] = [];
	for await (const [key, text] of textsUnder(backend, ledgers.recordPrefix(name, header), signal))
		for (const number of parseRecords(text, key).keys()) if (!done.has(number)) begun.push(number);
	const { count } = planWhole(metadata.shape, metadata.grid);
	return { chunks: numbersLeft(count, done), begun: Float64Array.from(begun) };
}

/** Objects that are read at once. */
const AT_ONCE = 16;

/** Keys and contents of all that is stored under a prefix. */
async function* textsUnder(
	backend: Backend,
	prefix: string,
	signal: AbortSignal | undefined,
): AsyncGenerator<readonly [key: string, text: string], void, undefined> {
	const keys: string[] = [];
	for await (const { key } of backend.list(prefix, { signal })) keys.push(key);
	for (let at = 0; at < keys.length; at += AT_ONCE) {
		const some = keys.slice(at, at + AT_ONCE);
		const fetched = await Promise.all(some.map((key) => backend.get(key, { signal, fresh: true })));
		for (const [i, key] of some.entries()) {
			const object = fetched[i];
			if (object !== undefined) yield [key, textOf(object, key)];
		}
	}
}

/** Does a share of the present phase. */
export async function runPhase(
	runtime: Runtime,
	{ ledger, task }: OpenApply,
	{ chunks, begun }: Share,
	options: CallOptions,
): Promise<void> {
	if (options.signal?.aborted) throw aborted(options.signal);
	const { array, header } = ledger;
	const { kernel, blocks, onChanged } = task;
	if (header.state === "changing") {
		const description = { kernel, ledger: ledgers.referenceTo(ledger), chunks, begun, onChanged };
		return applyToChunks(runtime, array, description, options);
	}
	const results = ledgers.resultsOf(ledger);
	if (header.state === "mapping")
		return mapChunks(runtime, [array, results], { kernel, inputs: [], blocks, chunks }, options);
	return copyHere(runtime, [results, array], chunks, options);
}

/** Ends a phase of which all is done; undefined where it was the last. */
export async function advanceApply(apply: OpenApply): Promise<OpenApply | undefined> {
	if (apply.ledger.header.state === "mapping")
		return { ...apply, ledger: await ledgers.updateLedger(apply.ledger, { state: "copying" }) };
	const ledger = await ledgers.updateLedger(apply.ledger, { state: "complete" });
	// All is done and that is stored, so the call has succeeded; what is left of the ledger is removed by the next one, or by a repair.
	await ledgers.removeLedger(ledger).catch(() => ended.add(ledger.header.id));
	return undefined;
}

/** Ledgers that may have been left by calls of this process that came to their end: whoever goes on then means another apply. */
const ended = new Set<string>();

/** Forgets an apply, whatever is left of it to do. */
export async function dropApply(ledger: Ledger): Promise<void> {
	await ledgers.removeLedger(
		ledgers.isOver(ledger.header) ? ledger : await ledgers.updateLedger(ledger, { state: "dropped" }),
	);
}

/**
 * After a failure. Where the dataset is as it was before, and the caller did not ask to be able to go on, nothing stays behind.
 * @returns the error to throw: one that says how to go on, where that is possible
 */
export async function afterFailure(apply: OpenApply, error: unknown, resume: boolean | undefined): Promise<unknown> {
	try {
		if (!apply.resumed && !resume && !(await isBegun(apply.ledger))) {
			await dropApply(apply.ledger);
			return error;
		}
	} catch {
		// What is there is found by the next call.
	}
	if (!isStoreError(error) || error.code === "CONFLICT") return error;
	const { code, message, key, dataset, chunk, retryAfter, cause } = error;
	const advice =
		"some chunks may be changed and others not yet: apply again with { resume: true } goes on, with { resume: false } starts anew from the values as they are now";
	return new StoreError(code, `${message}; ${advice}`, { key, dataset, chunk, retryAfter, cause: cause ?? error });
}

/** Whether any chunk may have been changed. */
async function isBegun({ array, header }: Ledger): Promise<boolean> {
	if (header.state !== "changing") return header.state !== "mapping";
	if (!array.backend.supports.list) return true;
	for await (const _ of array.backend.list(ledgers.ledgerPrefix(array.name, header.id))) return true;
	return false;
}
