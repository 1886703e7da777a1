/** What runs in a worker process. It ends with its owner, however that ends. */
import { serialize } from "node:v8";
import { Worker } from "node:worker_threads";
import { giveWay } from "../../src/engine.js";
import { errorToPlain, StoreError } from "../../src/errors.js";
import type { BatchResult } from "../shared/messages.js";
import { OpenJobs } from "../shared/open-jobs.js";
import type { JobReference, TaskResult } from "../shared/references.js";
import { OwnerLine } from "../shared/served-backend.js";
import type { FromWorker, ToWorker } from "./messages.js";

const owner = new OwnerLine((request) => tell({ kind: "request", request }));
// Over a store that answers at once only microtasks run: a cancellation would not be heard.
const jobs = new OpenJobs<JobReference>(owner, async () => {
	await giveWay();
	return false;
});

process.on("message", (message: ToWorker) => {
	if (message.kind === "batch") void run(message);
	else if (message.kind === "answer") owner.receive(message.answer);
	else if (message.kind === "environment") adopt(message.environment);
	else if (message.kind === "cancelled") jobs.cancel(message.job);
	else jobs.forget(message.job);
});
process.on("disconnect", () => process.exit());
// Ctrl-C reaches all processes of a terminal, and the owner decides what it means.
process.on("SIGINT", () => {});
process.on("uncaughtException", (error) => {
	tell({ kind: "failed", error: errorToPlain(error) }, () => process.exit(1));
});

const lifeline = new Worker(new URL("./lifeline.js", import.meta.url), { execArgv: [] });
lifeline.unref();

tell({ kind: "ready" });

/** @param then called when it has left; by default nothing, for where the line has ended so does this process */
function tell(message: FromWorker, then: () => void = () => {}): void {
	process.send?.(message, undefined, undefined, then);
}

async function run({ id, batch, job }: Extract<ToWorker, { kind: "batch" }>): Promise<void> {
	if (job !== undefined) jobs.open(batch.job, job);
	const result = await jobs.run(batch);
	try {
		tell({ kind: "result", id, result });
	} catch {
		tell({ kind: "result", id, result: { ...result, results: result.results.map(portable) } });
	}
}

/** A result that cannot be sent is the failure of its task. */
function portable(result: BatchResult["results"][number]): TaskResult {
	try {
		serialize(result);
		return result;
	} catch (cause) {
		const message = `what the kernel returned cannot be sent to the caller: ${(cause as Error).message}`;
		return { error: errorToPlain(new StoreError("KERNEL_FAILED", message, { cause })) };
	}
}

/** Credentials may be put into the owner's environment, or renewed there, long after this process was started. */
function adopt(environment: NodeJS.ProcessEnv): void {
	for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
	Object.assign(process.env, environment);
}
