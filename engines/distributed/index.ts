import type { Backend } from "../../src/backend.js";
import { type Engine, type Job, type JobSpec, type Runner, runHere } from "../../src/engine.js";
import { StoreError } from "../../src/errors.js";
import type { Logger } from "../../src/log.js";
import { ALONE } from "../../src/world.js";
import { Hub } from "./hub.js";
import { checkOptions, type DistributedOptions, type Settings } from "./options.js";
import { canTravel } from "./reference.js";
import { startCall } from "./start-call.js";

export { type CallStatus, openQueue, type QueueView, type WorkerStatus } from "./calls.js";
export type { DistributedOptions, QueueOptions } from "./options.js";
export { type WorkerOptions, work } from "./worker.js";

/**
 * Runs tasks on workers, which `tesserae worker` starts on any number of hosts, by a queue in Redis. What travels is which chunks are to be done and how to open the
 * store; workers read and store by themselves. Whatever needs memory of the caller runs in its own thread.
 * @throws StoreError INVALID_ARGUMENT naming the option
 */
export function distributed(options: DistributedOptions = {}): Engine {
	const reach = new Reach(checkOptions(options));
	return {
		name: "distributed",
		supports: { closures: false, sharedMemory: false, parallel: true },
		world: ALONE,
		/** Batches that the workers seen last work on at once. */
		get workers() {
			return Math.max(1, reach.opened?.slots ?? 1);
		},
		async admit(backend: Backend, log: Logger): Promise<void> {
			refuseUnreachable(backend, log);
			reach.log = log;
			await (await reach.hub()).look();
		},
		async start<Result>(job: Job<Result>, concurrency: number): Promise<Runner<Result>> {
			const { spec } = job;
			if (!canTravel(spec)) return runHere(job, concurrency);
			const known: Job<Result> & { readonly spec: JobSpec } = { ...job, spec };
			return startCall(await reach.hub(), known, { concurrency, kernels: reach.settings.kernels });
		},
		close: () => reach.close(),
	};
}

/** Opens the engine for `connect(…, { engine: "distributed" })`: the queue is that of TESSERAE_REDIS and TESSERAE_QUEUE. */
export function open({ workers }: { readonly workers?: number | undefined }): Engine {
	if (workers === undefined) return distributed();
	throw new StoreError(
		"INVALID_ARGUMENT",
		"the engine distributed has the workers that there are: start them by tesserae worker, and leave out the option workers",
	);
}

/** The way to the queue, opened when it is needed, and anew when it was closed. */
class Reach {
	log: Logger = console;
	opened: Hub | undefined;
	readonly settings: Settings;
	#hub: Promise<Hub> | undefined;

	constructor(settings: Settings) {
		this.settings = settings;
	}

	async hub(): Promise<Hub> {
		if (this.opened?.isClosed) this.#hub = undefined;
		this.#hub ??= Hub.open(this.settings, this.log);
		try {
			this.opened = await this.#hub;
			return this.opened;
		} catch (error) {
			this.#hub = undefined;
			throw error;
		}
	}

	async close(): Promise<void> {
		const hub = await this.#hub?.catch(() => undefined);
		await hub?.close();
	}
}

/** @throws StoreError UNSUPPORTED, with the reason */
function refuseUnreachable({ location, spec, supports }: Backend, log: Logger): void {
	if (!supports.sharedBetweenProcesses)
		throw new StoreError(
			"UNSUPPORTED",
			`the engine distributed cannot work on ${location}: nobody but this process can open it, so use file:, sqlite:, s3:// or ceph://`,
		);
	if (spec !== undefined) return;
	const what = "what opens it cannot travel, such as credentials in a program";
	log.warn(
		`calls on ${location} run in this process, for ${what}: put them into the environment or the configuration of each host`,
	);
}
