/** The call `apply` as users make it. */
import type { CallOptions } from "../../engine.js";
import { aborted, errorFromPlain, errorToPlain } from "../../errors.js";
import { takeTurn } from "../../lanes.js";
import { outOfBudget } from "../../memory-budget.js";
import type { StoredArray } from "../../stored-array.js";
import { callOf, clearUp, fromRoot } from "../../world.js";
import type { Runtime } from "../runtime.js";
import { applyCost } from "./apply.js";
import {
	type ApplyTask,
	advanceApply,
	afterFailure,
	beginApply,
	type OpenApply,
	remaining,
	runPhase,
} from "./apply-steps.js";
import { headerKey, type Ledger } from "./ledger.js";

interface ResumeOptions extends CallOptions {
	readonly resume?: boolean | undefined;
}

/** Applies a kernel to a dataset, or goes on with that. Calls of one process on one dataset take turns. */
export async function applyKernel(
	runtime: Runtime,
	array: StoredArray,
	task: ApplyTask,
	options: ResumeOptions,
): Promise<void> {
	const { budget } = runtime.limits;
	// Before there is a ledger.
	if (budget.isStrict && applyCost(array) > budget.limit) throw outOfBudget(applyCost(array), budget.limit);
	const lane = `${array.backend.location}\n${headerKey(array.name)}`;
	await whenFree(lane, options.signal, async () => {
		let apply = await begin(array, task, options);
		if (apply !== undefined) apply = await nextPhase(runtime, apply, options);
		// The first of two phases is the one that takes the time.
		while (apply !== undefined) apply = await nextPhase(runtime, apply, { ...options, onProgress: undefined });
	});
}

/** What is told of an apply that root has begun, or gone on with. */
type Told = Pick<Ledger, "header" | "etag"> & Pick<OpenApply, "resumed">;

/** Of several ranks one keeps the ledger. */
async function kept(
	array: StoredArray,
	task: ApplyTask,
	signal: AbortSignal | undefined,
	step: () => Promise<OpenApply | undefined>,
): Promise<OpenApply | undefined> {
	if (callOf(signal) === undefined) return step();
	const told = await fromRoot(signal, async (): Promise<Told | undefined> => {
		const apply = await step();
		return apply && { header: apply.ledger.header, etag: apply.ledger.etag, resumed: apply.resumed };
	});
	return told && { task, ledger: { array, header: told.header, etag: told.etag }, resumed: told.resumed };
}

function begin(array: StoredArray, task: ApplyTask, { signal, resume }: ResumeOptions): Promise<OpenApply | undefined> {
	return kept(array, task, signal, () => beginApply(array, task, resume));
}

async function nextPhase(
	runtime: Runtime,
	apply: OpenApply,
	{ resume, signal, onProgress }: ResumeOptions,
): Promise<OpenApply | undefined> {
	const { ledger, task } = apply;
	try {
		const left = await fromRoot(signal, () => remaining(apply, signal));
		await runPhase(runtime, apply, left, { signal, onProgress });
		return await kept(ledger.array, task, signal, () => advanceApply(apply));
	} catch (error) {
		throw await failed(apply, error, { resume, signal });
	}
}

async function failed(apply: OpenApply, error: unknown, { resume, signal }: ResumeOptions): Promise<unknown> {
	let own: unknown;
	const told = await clearUp(signal, async () => {
		own = await afterFailure(apply, error, resume);
		return errorToPlain(own);
	});
	return own ?? (told === undefined ? error : errorFromPlain(told));
}

/** Runs `work` when those before it in its lane have ended. One that is cancelled before its turn comes does not wait for it. */
function whenFree(lane: string, signal: AbortSignal | undefined, work: () => Promise<void>): Promise<void> {
	return new Promise((resolve, reject) => {
		const leave = (): void => reject(aborted(signal as AbortSignal));
		const begin = async (): Promise<void> => {
			signal?.removeEventListener("abort", leave);
			if (signal?.aborted) throw aborted(signal);
			await work();
		};
		signal?.addEventListener("abort", leave, { once: true });
		takeTurn(lane, begin).then(resolve, reject);
	});
}
