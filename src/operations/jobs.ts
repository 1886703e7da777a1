import type { Job, JobSpec } from "../engine.js";
import { StoreError } from "../errors.js";
import { decodeJob } from "./access/decode-together.js";
import { encodeJob } from "./access/encode.js";
import { readJob } from "./access/read.js";
import { applyJob } from "./apply/apply.js";
import { copyChunksJob } from "./load/copy-chunks.js";
import { copyJob } from "./load/load.js";
import { mapJob } from "./map/map.js";
import { reduceJob } from "./statistics/reduce.js";
import { statisticJob } from "./statistics/statistic.js";
import { verifyJob } from "./verify/verify.js";

/** Makes the job of an operation from what `JobSpec` carries. */
type MakeJob = (arrays: JobSpec["arrays"], description: never) => Job | Promise<Job>;

/** The operations that can be made again in another thread. Whoever adds one gives its jobs a `spec` of this name. */
const OPERATIONS: { readonly [operation: string]: MakeJob } = {
	apply: applyJob,
	decode: decodeJob,
	read: readJob,
	encode: encodeJob,
	map: mapJob,
	copy: copyJob,
	copyChunks: copyChunksJob,
	reduce: reduceJob,
	statistic: statisticJob,
	verify: verifyJob,
};

/** The job that `spec` describes, here. */
export async function makeJob(spec: JobSpec): Promise<Job> {
	const make = Object.hasOwn(OPERATIONS, spec.operation) ? OPERATIONS[spec.operation] : undefined;
	if (make === undefined)
		throw new StoreError("INTERNAL", `there is no operation ${JSON.stringify(spec.operation)} to make a job of`);
	return make(spec.arrays, spec.description as never);
}
