import { SingleBar } from "cli-progress";
import prettyBytes from "pretty-bytes";
import type { Progress } from "../../src/engine.js";
import type { Terminal } from "./terminal.js";

/** Milliseconds before a bar appears: what is done by then needs none. */
const PATIENCE = 300;

/** How far a call is, on one line that is taken away at the end: a bar, bytes per second and the time left. */
export class ProgressBar {
	readonly #label: string;
	readonly #terminal: Terminal;
	readonly #started: number = performance.now();
	#bar: SingleBar | undefined;

	constructor(label: string, terminal: Terminal) {
		this.#label = label;
		this.#terminal = terminal;
	}

	update({ done, total, bytes }: Progress): void {
		const seconds = (performance.now() - this.#started) / 1000;
		if (seconds * 1000 < PATIENCE || total === 0) return;
		const rate = bytes > 0 ? `${prettyBytes(bytes / seconds, { binary: true })}/s` : `${Math.round(done / seconds)}/s`;
		const left = done > 0 ? formatTime((seconds * (total - done)) / done) : "?";
		this.#bar ??= this.#make();
		if (this.#bar.isActive) this.#bar.setTotal(total);
		else this.#bar.start(total, done, { rate, left });
		this.#bar.update(done, { rate, left });
	}

	stop(): void {
		this.#bar?.stop();
	}

	#make(): SingleBar {
		const columns = this.#terminal.columns ?? 0;
		const label = this.#label.length > columns / 3 ? `${this.#label.slice(0, columns / 3 - 1)}…` : this.#label;
		return new SingleBar({
			format: `${label} {bar} {percentage} % · {rate} · {left} left`,
			barsize: Math.max(5, Math.min(30, columns - label.length - 36)),
			barCompleteChar: "█",
			barIncompleteChar: "░",
			stream: this.#terminal.stream,
			clearOnComplete: true,
			gracefulExit: false,
		});
	}
}

/** `75` → `1:15`. */
function formatTime(seconds: number): string {
	const whole = Math.ceil(seconds);
	const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
	const two = (n: number): string => String(n).padStart(2, "0");
	return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
