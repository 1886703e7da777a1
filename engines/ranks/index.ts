import type { Backend } from "../../src/backend.js";
import { type Engine, type Job, type Runner, runHere } from "../../src/engine.js";
import { StoreError } from "../../src/errors.js";
import type { Logger } from "../../src/log.js";
import { ALONE, type World } from "../../src/world.js";
import { joinWorld } from "./join.js";

export interface RanksOptions {
	/** What each rank runs its share on, such as `threads({ workers: 2 })`. Default: its own thread, as `sequential` does. */
	readonly engine?: Engine | undefined;
	/** How many ranks there must be; by default as many as were started. */
	readonly workers?: number | undefined;
	/** How long ranks wait for one another at the first `connect` (ms). Default: what `TESSERAE_RANKS_TIMEOUT` says, else 60,000. */
	readonly timeout?: number | undefined;
	/** Address of this host at which the others reach root. Default: what `TESSERAE_RANKS_HOST` says, else found. */
	readonly host?: string | undefined;
}

/**
 * The program itself runs several times, started by `tesserae ranks`, mpiexec or srun, and its ranks deal out the chunks of what they do
 * together. A program that was started by itself is one rank alone.
 * @throws StoreError INVALID_ARGUMENT
 */
export function ranks(options: RanksOptions = {}): Engine {
	const { engine: within, workers, timeout, host } = options;
	for (const [name, value] of Object.entries({ workers, timeout }))
		if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
			throw new StoreError("INVALID_ARGUMENT", `${name} is a whole number ≥ 1, not ${String(value)}`);
	let world: World = ALONE;
	return {
		name: "ranks",
		supports: within?.supports ?? { closures: true, sharedMemory: true, parallel: false },
		get workers() {
			return world.size * (within?.workers ?? 1);
		},
		get world() {
			return world;
		},
		async admit(backend: Backend, log: Logger) {
			refuseUnshared(backend);
			await within?.admit(backend, log);
			world = await joinWorld(backend, { timeout, host });
			if (workers === undefined || workers === world.size) return;
			const started = world.size === 1 ? "is 1 rank" : `are ${world.size} ranks`;
			throw new StoreError(
				"INVALID_ARGUMENT",
				`there ${started}, not ${workers}: start the program with tesserae ranks -n ${workers}, or leave workers out`,
			);
		},
		start: async <Result>(job: Job<Result>, concurrency: number): Promise<Runner<Result>> =>
			within === undefined ? runHere(job, concurrency) : within.start(job, concurrency),
		close: async () => within?.close(),
	};
}

/** Opens the engine for `connect(…, { engine: "ranks" })`. */
export function open(options: Pick<RanksOptions, "workers">): Engine {
	return ranks(options);
}

function refuseUnshared({ location, supports }: Backend): void {
	// Each rank opens the store itself, so credentials that would not travel to a worker are no hindrance.
	if (supports.sharedBetweenProcesses || supports.remote) return;
	throw new StoreError(
		"UNSUPPORTED",
		`${location} is in the memory of one process, and ranks are several: use file:, sqlite: or another store that processes share`,
	);
}
