import type { Write } from "../backend.js";
import { backOff, covers, prepareChunk, requireCompareAndSwap, writeChunk } from "../chunk-io.js";
import { type CallOptions, type Job, runJob } from "../engine.js";
import { isStoreError, StoreError } from "../errors.js";
import { takeTurn } from "../lanes.js";
import { type Plan, planSelection } from "../selection/plan.js";
import type { StridedView } from "../selection/region.js";
import type { NormalSelection } from "../selection/selection.js";
import type { StoredArray } from "../stored-array.js";
import type { Runtime } from "./runtime.js";

/** A write as planned: which chunks, and the values seen along the axes of the dataset. */
interface PlannedWrite {
	readonly array: StoredArray;
	readonly plan: Plan;
	readonly source: StridedView;
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
	const plan = planSelection(place.selection.axes, array.metadata.chunkShape);
	const planned = { array, plan, source: place.source };
	if (plan.count > 1 && array.backend.supports.atomicMultiPut) await writeTogether(runtime, planned, options);
	else await writeEach(runtime, planned, options);
}

/** Chunk by chunk, each atomic on its own. */
export async function writeEach(runtime: Runtime, planned: PlannedWrite, options: CallOptions): Promise<void> {
	const { array, plan, source } = planned;
	if (!array.singleWriter && anyPartial(planned)) await requireCompareAndSwap(array.backend);
	const job: Job<void> = {
		count: plan.count,
		spec: undefined,
		cost: () => 2 * array.chunkBytes,
		run: (n, signal) => writeChunk(array, plan.coords(n), { region: plan.region(n), source }, signal),
		settle: () => undefined,
	};
	await runJob(runtime.engine, job, runtime.limits, options);
}

/** True where some chunk is written in part. The first and the last chunk tell: along each axis those between are whole where these are. */
function anyPartial({ array, plan }: PlannedWrite): boolean {
	if (plan.count === 0) return false;
	return [0, plan.count - 1].some((n) => !covers(array, plan.coords(n), plan.region(n)));
}

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
	const { array, plan } = planned;
	const writes = new Array<Write>(plan.count);
	let stale = Array.from({ length: plan.count }, (_, n) => n);
	for (let attempt = 0; ; attempt++) {
		await prepare(runtime, planned, { stale, writes }, attempt === 0 ? options : { signal: options.signal });
		try {
			await array.backend.commit(writes, { signal: options.signal });
			return;
		} catch (error) {
			if (!isStoreError(error, "CONFLICT") || attempt >= 1000) throw error;
		}
		stale = stale.filter((n) => writes[n]?.when !== undefined);
		await backOff(attempt);
	}
}

/** Encodes the chunks of `stale` anew, each merged with what is stored now. */
async function prepare(
	runtime: Runtime,
	planned: PlannedWrite,
	work: { readonly stale: readonly number[]; readonly writes: Write[] },
	options: CallOptions,
): Promise<void> {
	const { array, plan, source } = planned;
	const { stale, writes } = work;
	const job: Job<Write> = {
		count: stale.length,
		spec: undefined,
		cost: () => 2 * array.chunkBytes,
		run(i) {
			const n = stale[i] as number;
			return prepareChunk(array, plan.coords(n), { region: plan.region(n), source });
		},
		settle(i, write) {
			writes[stale[i] as number] = write;
			return undefined;
		},
	};
	await runJob(runtime.engine, job, runtime.limits, options);
}
