import type { Write } from "../../backend.js";
import { backOff, requireCompareAndSwap } from "../../chunk-commit.js";
import { covers, prepareChunk, putChunk, writeChunk } from "../../chunk-write.js";
import { type CallOptions, type Job, runJob } from "../../engine.js";
import { isStoreError, StoreError } from "../../errors.js";
import { takeTurn } from "../../lanes.js";
import { type AxisSelection, type Plan, planSelection } from "../../selection/plan.js";
import type { StridedView } from "../../selection/region.js";
import type { NormalSelection } from "../../selection/selection.js";
import type { StoredArray } from "../../stored-array.js";
import type { Runtime } from "../runtime.js";
import { type EncodedChunk, encodeJob } from "./encode.js";

/** A write as planned: which chunks, and the values seen along the axes of the dataset. */
interface PlannedWrite {
	readonly array: StoredArray;
	readonly axes: readonly AxisSelection[];
	readonly plan: Plan;
	readonly source: StridedView;
	/** See `Job`: `"tasks"` where all ranks write it together. */
	readonly sharing?: "tasks" | undefined;
}

/**
 * Writes values over a selection. Several chunks are written all or nothing where the store can, chunk by chunk elsewhere.
 * @param source seen along the axes of the dataset
 */
export async function write(
	runtime: Runtime,
	array: StoredArray,
	place: { readonly selection: NormalSelection; readonly source: StridedView },
	options: CallOptions,
): Promise<void> {
	const { axes } = place.selection;
	const plan = planSelection(axes, array.metadata.grid);
	const planned = { array, axes, plan, source: place.source };
	if (plan.count > 1 && array.backend.supports.atomicMultiPut) await writeTogether(runtime, planned, options);
	else await writeEach(runtime, planned, options);
}

/** Chunk by chunk, each atomic on its own. */
export async function writeEach(runtime: Runtime, planned: PlannedWrite, options: CallOptions): Promise<void> {
	const { array, plan, source } = planned;
	const decides = !array.singleWriter && !array.backend.supports.compareAndSwap;
	if (decides && anyPartial(planned)) await requireCompareAndSwap(array.backend);
	await runEncode(runtime, planned, options, (n, chunk, signal) => {
		const coords = plan.coords(n);
		if (chunk !== undefined) return putChunk(array, coords, chunk.bytes, signal);
		return writeChunk(array, coords, { region: plan.region(n), source }, signal);
	});
}

/** Encodes every chunk that is covered, wherever the engine does, and hands each to `settle`: undefined for one that is not. */
async function runEncode(
	runtime: Runtime,
	{ array, axes, source, sharing }: PlannedWrite,
	options: CallOptions,
	settle: Job<EncodedChunk | undefined>["settle"],
): Promise<void> {
	const job = encodeJob([array], { axes, source }, settle);
	await runJob(runtime.engine, { ...job, sharing }, runtime.limits, options);
}

/** True where some chunk is written in part: asked before anything is written, and only where that decides. */
function anyPartial({ array, plan }: PlannedWrite): boolean {
	for (let n = 0; n < plan.count; n++) if (!covers(array, plan.coords(n), plan.region(n))) return true;
	return false;
}

/** Attempts before a set that always loses the race is given up. */
const MAX_ATTEMPTS = 1000;

/** Chunks beyond which no commit is tried: their list alone would fill the memory. */
const LARGEST_COMMIT = 2 ** 22;

/** All chunks in one commit. Calls of this process take turns, so that they do not overtake one another for ever. */
async function writeTogether(runtime: Runtime, planned: PlannedWrite, options: CallOptions): Promise<void> {
	const { array, plan } = planned;
	if (plan.count > LARGEST_COMMIT)
		throw new StoreError(
			"TOO_LARGE",
			`a set writes at most ${LARGEST_COMMIT} chunks at once here, not ${plan.count}: set less at a time, or load`,
		);
	const lane = `${array.backend.location}\n${array.name}\nset`;
	await takeTurn(lane, () => commitTogether(runtime, planned, options));
}

async function commitTogether(runtime: Runtime, planned: PlannedWrite, options: CallOptions): Promise<void> {
	const { array, plan, source } = planned;
	const writes = new Array<Write>(plan.count);
	await runEncode(runtime, planned, options, async (n, chunk) => {
		const coords = plan.coords(n);
		writes[n] =
			chunk === undefined
				? await prepareChunk(array, coords, { region: plan.region(n), source })
				: { key: array.keyOf(coords), bytes: chunk.bytes, owned: true };
	});
	for (let attempt = 0; !(await commits(array, writes, attempt, options)); attempt++) {
		await backOff(attempt);
		for (let n = 0; n < plan.count; n++)
			if (writes[n]?.when !== undefined)
				writes[n] = await prepareChunk(array, plan.coords(n), { region: plan.region(n), source });
	}
}

/** False where another writer was faster and the conditional writes must be prepared anew. */
async function commits(
	array: StoredArray,
	writes: Write[],
	attempt: number,
	{ signal }: CallOptions,
): Promise<boolean> {
	try {
		await array.backend.commit(writes, { signal });
		return true;
	} catch (error) {
		if (!isStoreError(error, "CONFLICT") || attempt >= MAX_ATTEMPTS) throw error;
		return false;
	}
}
