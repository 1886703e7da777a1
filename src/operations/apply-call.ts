/** The call `apply` as users make it. */
import type { CallOptions } from "../engine.js";
import { aborted } from "../errors.js";
import { takeTurn } from "../lanes.js";
import { outOfBudget } from "../memory-budget.js";
import type { StoredArray } from "../stored-array.js";
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
import { headerKey } from "./ledger.js";
import type { Runtime } from "./runtime.js";

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
		let apply = await beginApply(array, task, options.resume);
		if (apply !== undefined) apply = await nextPhase(runtime, apply, options);
		// The first of two phases is the one that takes the time.
		while (apply !== undefined) apply = await nextPhase(runtime, apply, { ...options, onProgress: undefined });
	});
}

async function nextPhase(
	runtime: Runtime,
	apply: OpenApply,
	{ resume, signal, onProgress }: ResumeOptions,
): Promise<OpenApply | undefined> {
	try {
		await runPhase(runtime, apply, await remaining(apply, signal), { signal, onProgress });
		return await advanceApply(apply);
	} catch (error) {
		throw await afterFailure(apply, error, resume);
	}
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
