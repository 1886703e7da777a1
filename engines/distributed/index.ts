import { type Engine, type EngineSite, type Job, type JobSpec, type Runner, runHere } from "../../src/engine.js";
import { StoreError } from "../../src/errors.js";
import type { Logger } from "../../src/log.js";
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
	return new Distributed(checkOptions(options));
}

/** Opens the engine for `connect(…, { engine: "distributed" })`: the queue is that of TESSERAE_REDIS and TESSERAE_QUEUE. */
export function open({ workers }: { readonly workers?: number | undefined }): Engine {
	if (workers === undefined) return distributed();
	throw new StoreError(
		"INVALID_ARGUMENT",
		"the engine distributed has the workers that there are: start them by tesserae worker, and leave out the option workers",
	);
}

class Distributed implements Engine {
	readonly name = "distributed";
	readonly supports = { closures: false, sharedMemory: false, parallel: true };
	readonly #settings: Settings;
	#hub: Promise<Hub> | undefined;
	#opened: Hub | undefined;
	#log: Logger = console;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** Batches that the workers seen last work on at once. */
	get workers(): number {
		return Math.max(1, this.#opened?.slots ?? 1);
	}

	async prepare({ backend, log }: EngineSite): Promise<void> {
		const { location, spec, supports } = backend;
		if (!supports.sharedBetweenProcesses)
			throw unreachable(location, "nobody but this process can open it: use file:, sqlite:, s3:// or ceph://");
		if (spec === undefined)
			throw unreachable(
				location,
				"what opens it, such as credentials in the program, cannot travel: put it into the environment or the configuration file of each host",
			);
		this.#log = log;
		await this.#reach();
	}

	async start<Result>(job: Job<Result>, concurrency: number): Promise<Runner<Result>> {
		const { spec } = job;
		if (!canTravel(spec)) return runHere(job, concurrency);
		const known: Job<Result> & { readonly spec: JobSpec } = { ...job, spec };
		return startCall(await this.#reach(), known, { concurrency, kernels: this.#settings.kernels });
	}

	async close(): Promise<void> {
		const hub = await this.#hub?.catch(() => undefined);
		await hub?.close();
	}

	async #reach(): Promise<Hub> {
		if (this.#opened?.isClosed) this.#hub = undefined;
		this.#hub ??= Hub.open(this.#settings, this.#log);
		try {
			this.#opened = await this.#hub;
			return this.#opened;
		} catch (error) {
			this.#hub = undefined;
			throw error;
		}
	}
}

function unreachable(location: string, why: string): StoreError {
	return new StoreError("UNSUPPORTED", `the engine distributed cannot work on ${location}: ${why}`);
}
