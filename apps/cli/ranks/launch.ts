import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StoreError } from "../../../src/errors.js";
import { ExitStatus } from "../exit-status.js";
import type { Shell } from "../shell.js";
import { LAUNCHER } from "./launcher.js";
import { passOn } from "./lines.js";

export interface Program {
	readonly script: string;
	readonly args: readonly string[];
	readonly size: number;
	/** Every line says which rank printed it. */
	readonly tags: boolean;
	/** Beside what each rank is told of its place. */
	readonly env: { readonly [name: string]: string };
}

/** How long the others have to end by themselves after one has failed, and then after SIGTERM (ms). */
const PATIENCE = 3000;
/** How long is waited for what ranks have printed after they ended: what they have started may keep it open (ms). */
const LAST_LINES = 1000;

/**
 * Runs a script several times at once, until all of it has ended. Where one fails the others are ended.
 * @throws ExitStatus with that of the first rank that failed
 */
export async function launch(program: Program, shell: Shell): Promise<void> {
	const directory = await mkdtemp(join(tmpdir(), "tesserae-ranks-"));
	const ranks = new Ranks(program, shell, directory);
	try {
		await ranks.run();
	} finally {
		ranks.kill("SIGKILL");
		await rm(directory, { recursive: true, force: true });
	}
}

class Ranks {
	readonly #processes: readonly ChildProcess[];
	readonly #shell: Shell;
	readonly #tags: boolean;
	readonly #timers: NodeJS.Timeout[] = [];
	/** In the order in which ranks failed. */
	readonly #failures = new Map<number, Error>();
	/** The rank that another one says has failed before it did. */
	#blamed: number | undefined;
	/** Nobody reads what the ranks print. */
	#unheard: unknown;

	constructor(program: Program, shell: Shell, directory: string) {
		this.#shell = shell;
		this.#tags = program.tags;
		const job = randomUUID();
		this.#processes = Array.from({ length: program.size }, (_, rank) =>
			startRank(program, rank, { TESSERAE_JOB: job, TESSERAE_RENDEZVOUS: directory }),
		);
	}

	async run(): Promise<void> {
		const { signal } = this.#shell;
		const onSignal = (): void => {
			this.kill(signal.reason);
			this.#endSoon();
		};
		if (signal.aborted) onSignal();
		else signal.addEventListener("abort", onSignal, { once: true });
		const printed = Promise.all(this.#processes.map((rank, number) => this.#passOn(rank, number)));
		await Promise.all(this.#processes.map((rank, number) => this.#end(rank, number)));
		await Promise.race([printed, new Promise((resolve) => this.#later(resolve, LAST_LINES))]);
		for (const timer of this.#timers) clearTimeout(timer);
		signal.removeEventListener("abort", onSignal);
		if (signal.aborted) throw new StoreError("ABORTED", "the ranks were ended");
		const failure = this.#unheard ?? this.#failures.get(this.#blamed ?? -1) ?? [...this.#failures.values()][0];
		if (failure !== undefined) throw failure;
	}

	kill(signal: NodeJS.Signals): void {
		for (const { pid, exitCode, signalCode } of this.#processes)
			if (pid !== undefined && exitCode === null && signalCode === null) killGroup(pid, signal);
	}

	async #passOn({ stdout, stderr }: ChildProcess, number: number): Promise<void> {
		const { out, err } = this.#shell;
		const tag = this.#tags ? `[${number}] ` : "";
		const failed = (error: unknown): void => {
			this.#unheard ??= error;
			this.kill("SIGTERM");
			this.#endSoon();
		};
		await Promise.all([
			stdout && passOn(stdout, { to: out, tag, failed }),
			stderr && passOn(stderr, { to: err, tag, failed }),
		]);
	}

	#end(rank: ChildProcess, number: number): Promise<void> {
		return new Promise((resolve) => {
			rank.on("message", (message) => {
				this.#blamed ??= blamedBy(message);
			});
			rank.once("error", ({ message }) => {
				this.#fail(number, new StoreError("UNAVAILABLE", `rank ${number} cannot be started: ${message}`));
				resolve();
			});
			rank.once("exit", (code, signal) => {
				if (code !== 0) this.#fail(number, failed(number, code, signal));
				resolve();
			});
		});
	}

	/** The others may find out by themselves, and tidy up. */
	#fail(number: number, failure: Error): void {
		if (this.#failures.size === 0) this.#endSoon();
		this.#failures.set(number, failure);
	}

	#endSoon(): void {
		this.#later(() => this.kill("SIGTERM"), PATIENCE);
		this.#later(() => this.kill("SIGKILL"), 2 * PATIENCE);
	}

	#later(work: (value?: unknown) => void, after: number): void {
		this.#timers.push(setTimeout(work, after));
	}
}

/** A process group of its own: what the terminal sends to the launcher reaches it once, passed on. */
function startRank({ script, args, size, env }: Program, rank: number, job: Program["env"]): ChildProcess {
	const place = { TESSERAE_RANK: String(rank), TESSERAE_RANKS: String(size), [LAUNCHER]: String(process.pid) };
	const watch = new URL("./watch-launcher.js", import.meta.url).href;
	const input = rank === 0 && !process.stdin.isTTY ? "inherit" : "ignore";
	return spawn(process.execPath, ["--import", watch, script, ...args], {
		detached: true,
		env: { ...process.env, ...env, ...job, ...place },
		stdio: [input, "pipe", "pipe", "ipc"],
	});
}

/** A rank may have started processes: they go with it. */
function killGroup(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(-pid, signal);
	} catch {
		// It has ended meanwhile.
	}
}

function failed(rank: number, code: number | null, signal: NodeJS.Signals | null): ExitStatus {
	const how = signal === null ? `ended with exit status ${code}` : `was ended by ${signal}`;
	const status = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
	return new ExitStatus(status, new StoreError("WORKER_LOST", `rank ${rank} ${how}`));
}

/** What the engine tells: which rank was lost, so that whoever fails for that reason, and sooner, is not taken for the cause. */
function blamedBy(message: unknown): number | undefined {
	const { tesseraeLostRank: rank } = (message ?? {}) as { tesseraeLostRank?: unknown };
	return typeof rank === "number" ? rank : undefined;
}

/** Where the script is; `file:` addresses are paths, too. */
export function scriptPath(text: string): string {
	return text.startsWith("file:") ? fileURLToPath(text) : text;
}
