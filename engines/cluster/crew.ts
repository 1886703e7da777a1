import { StoreError } from "../../src/errors.js";
import { BATCHES_PER_WORKER } from "../shared/batch-runner.js";
import { CANCEL_GRACE, type Crew, type CrewJob, type Loss } from "../shared/crew.js";
import type { Batch, BatchResult } from "../shared/messages.js";
import type { JobReference } from "../shared/references.js";
import { BackendServer } from "../shared/serve.js";
import { type Entry, type WorkerEnd, WorkerProcess } from "./worker-process.js";

/** Processes that had nothing to do for so long end (ms). They never keep their owner alive. */
const IDLE_TIMEOUT = 30_000;
/** Workers that a task may lose, alone with the last of them; then it is no accident. */
const ATTEMPTS = 5;
/** Workers that end in a row before they are ready; then it is no accident. One that is killed says less than one that ends by itself. */
const FAILED_STARTS = 3;
const KILLED = 0.1;

interface CrewOptions {
	readonly workers: number;
	/** How long each may take to be ready (ms). */
	readonly startTimeout: number;
}

const crews = new Map<string, ProcessCrew>();

/** The processes of all connections that want so many. */
export function crewOf(options: CrewOptions): Crew {
	const key = `${options.workers}, ${options.startTimeout} ms`;
	let crew = crews.get(key);
	if (crew === undefined) {
		if (crews.size === 0) process.on("exit", endStarting);
		crew = new ProcessCrew(options);
		crews.set(key, crew);
	}
	return crew;
}

/** A worker that hangs while it starts does not hear that its owner ends. */
function endStarting(): void {
	for (const crew of crews.values()) crew.endStarting();
}

class ProcessCrew implements Crew {
	readonly workers: number;
	readonly startTimeout: number;
	readonly server = new BackendServer(false);
	readonly attempts: number = ATTEMPTS;
	readonly keepsRuns = true;
	readonly #workers = new Set<WorkerProcess>();
	/** Batches that wait for a worker, in the order in which they go out. */
	readonly #queue: Entry[] = [];
	/** Workers that ended before they were ready, since the last one that was. */
	#failedStarts = 0;
	/** What the workers have of the environment. */
	#environment = "";
	#isBusy = false;
	#idle: NodeJS.Timeout | undefined;

	constructor({ workers, startTimeout }: CrewOptions) {
		this.workers = workers;
		this.startTimeout = startTimeout;
	}

	take(number: number, job: JobReference): CrewJob {
		this.#tellEnvironment();
		return new ProcessJob(this, number, job);
	}

	run(entry: Entry): void {
		this.#queue.push(entry);
		this.#deal();
	}

	cancel(job: number): void {
		for (const worker of this.#workers) worker.cancel(job);
	}

	/** Takes its batches away from the workers. */
	drop(job: number): void {
		for (const worker of this.#workers) if (worker.has(job)) worker.kill();
	}

	/** Takes batches back that no worker has yet. */
	withdraw(job: number): Entry[] {
		const withdrawn = this.#queue.filter(({ batch }) => batch.job === job);
		this.#queue.splice(0, this.#queue.length, ...this.#queue.filter(({ batch }) => batch.job !== job));
		this.#rest();
		return withdrawn;
	}

	forget(job: number): void {
		for (const worker of this.#workers) worker.forget(job);
	}

	free(): void {
		this.#deal();
	}

	endStarting(): void {
		for (const worker of this.#workers) if (!worker.isReady) worker.kill();
	}

	ended(worker: WorkerProcess, end: WorkerEnd): void {
		this.#workers.delete(worker);
		this.#failedStarts = worker.isReady ? 0 : this.#failedStarts + weightOf(end);
		if (this.#failedStarts >= FAILED_STARTS && this.#workers.size === 0) {
			this.#failedStarts = 0;
			const error = end.isLate ? neverReady(this.startTimeout) : cannotStart(end);
			for (const entry of this.#queue.splice(0)) entry.fail(error);
		}
		this.#deal();
	}

	#deal(): void {
		for (let entry = this.#queue[0]; entry !== undefined; entry = this.#queue[0]) {
			const worker = this.#workerFor(entry);
			if (worker === undefined) break;
			const given = this.#entryFor(worker, entry);
			this.#queue.splice(this.#queue.indexOf(given), 1);
			worker.give(given);
		}
		this.#startMore();
		this.#rest();
	}

	/** The one that is ready and has least to do, if it has room. */
	#workerFor({ isAlone }: Entry): WorkerProcess | undefined {
		let [best, least] = [undefined as WorkerProcess | undefined, isAlone ? 1 : BATCHES_PER_WORKER];
		for (const worker of this.#workers)
			if (worker.isReady && worker.load < least && !worker.isReserved) [best, least] = [worker, worker.load];
		return best;
	}

	/** The next batch, or one of its job that is of the worker's own run: the one that it had before, else one that no other has. */
	#entryFor(worker: WorkerProcess, next: Entry): Entry {
		const { job, run } = next.batch;
		if (run === undefined) return next;
		const others = new Set([...this.#workers].filter((one) => one !== worker).map((one) => one.runOf(job)));
		const own = worker.runOf(job);
		const suits = ({ batch }: Entry): boolean =>
			batch.job === job && batch.run !== undefined && (own === undefined ? !others.has(batch.run) : batch.run === own);
		return this.#queue.find(suits) ?? next;
	}

	#startMore(): void {
		if (this.#failedStarts >= FAILED_STARTS && this.#workers.size > 0) return;
		let starting = 0;
		for (const { isReady } of this.#workers) if (!isReady) starting++;
		for (; starting < this.#queue.length && this.#workers.size < this.workers; starting++) {
			const worker = new WorkerProcess(this);
			worker.keepAlive(this.#isBusy);
			this.#workers.add(worker);
		}
	}

	/** This process waits for its workers while they have something to do, and lets go of them when they had nothing for a while. */
	#rest(): void {
		let isBusy = this.#queue.length > 0;
		for (const { load } of this.#workers) isBusy ||= load > 0;
		if (isBusy === this.#isBusy) return;
		this.#isBusy = isBusy;
		for (const worker of this.#workers) worker.keepAlive(isBusy);
		clearTimeout(this.#idle);
		if (!isBusy) this.#idle = setTimeout(() => this.#dismiss(), IDLE_TIMEOUT).unref();
	}

	#dismiss(): void {
		for (const worker of this.#workers) worker.dismiss();
		this.#workers.clear();
	}

	/** Credentials may be put into the environment, or renewed there, after workers were started. */
	#tellEnvironment(): void {
		const environment = { ...process.env };
		const text = JSON.stringify(environment);
		if (text === this.#environment) return;
		this.#environment = text;
		for (const worker of this.#workers) worker.tell({ kind: "environment", environment });
	}
}

let lastBatch = 0;

class ProcessJob implements CrewJob {
	readonly #crew: ProcessCrew;
	readonly #number: number;
	readonly #reference: JobReference;
	#isCancelled = false;
	#grace: NodeJS.Timeout | undefined;

	constructor(crew: ProcessCrew, number: number, reference: JobReference) {
		this.#crew = crew;
		this.#number = number;
		this.#reference = reference;
	}

	run(batch: Batch, isAlone: boolean): Promise<BatchResult | Loss> {
		if (this.#isCancelled) return Promise.resolve(lossOf(WITHDRAWN));
		return new Promise((resolve, reject) => {
			this.#crew.run({
				id: ++lastBatch,
				batch,
				job: this.#reference,
				isAlone,
				done: resolve,
				lost: (end) => resolve(lossOf(end)),
				fail: reject,
			});
		});
	}

	cancel(): void {
		this.#isCancelled = true;
		for (const entry of this.#crew.withdraw(this.#number)) entry.lost(WITHDRAWN);
		this.#crew.cancel(this.#number);
		this.#grace = setTimeout(() => this.#crew.drop(this.#number), CANCEL_GRACE);
	}

	finish(): void {
		clearTimeout(this.#grace);
		this.#crew.forget(this.#number);
	}
}

/** Of a batch that no worker had. */
const WITHDRAWN: WorkerEnd = {
	how: "before it began",
	cause: undefined,
	isKilled: false,
	isOurs: true,
	isLate: false,
};

/** What a worker that ended before it was ready counts. Nobody waits for another one to be late. */
function weightOf({ isLate, isKilled }: WorkerEnd): number {
	if (isLate) return FAILED_STARTS;
	return isKilled ? KILLED : 1;
}

function lossOf({ how, cause, isOurs }: WorkerEnd): Loss {
	return {
		isSuspect: !isOurs,
		error: ({ what, ...context }) =>
			new StoreError(
				"WORKER_LOST",
				`${ATTEMPTS} worker processes in a row ended while they worked on ${what}, the last one ${how}: the kernel ends ` +
					"them, or there is too little memory for so many workers and such large chunks",
				{ ...context, cause },
			),
	};
}

function cannotStart({ how, cause }: WorkerEnd): StoreError {
	return new StoreError(
		"WORKER_LOST",
		`worker processes cannot be started: they end ${how}. What they printed is on stderr; ` +
			"NODE_OPTIONS and the options of node, which they get too, may be why",
		{ cause },
	);
}

function neverReady(startTimeout: number): StoreError {
	return new StoreError(
		"WORKER_LOST",
		`worker processes cannot be started: they were not ready within ${startTimeout} ms, and were ended. What NODE_OPTIONS and the options of ` +
			"node load in them before they begin, as in this process, may not come to an end; where the machine is that slow, " +
			"cluster({ startTimeout }) gives them longer",
	);
}
