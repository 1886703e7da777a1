import type { Job, JobSpec } from "../engine.js";
import { StoreError } from "../errors.js";
import { applyJob } from "./apply.js";
import { decodeJob } from "./decode-together.js";
import { encodeJob } from "./encode.js";
import { copyJob } from "./load.js";
import { mapJob } from "./map.js";
import { readJob } from "./read.js";
import { reduceJob } from "./reduce.js";
import { statisticJob } from "./statistic.js";
import { verifyJob } from "./verify.js";

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
