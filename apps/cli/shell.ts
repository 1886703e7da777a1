import { connect } from "../../src/connect.js";
import type { Connection } from "../../src/connection.js";
import type { CallOptions, Progress } from "../../src/engine.js";
import { formatJson } from "../../src/format/json.js";
import { type CommonOptions, LOG_LEVELS, type LogLevel } from "./common-options.js";
import { formatFields } from "./fields.js";
import { toPlainJson } from "./plain-json.js";
import { ProgressBar } from "./progress-bar.js";
import { resolveTarget } from "./resolve-target.js";
import { bytesText, countText } from "./sizes.js";
import { printTable, type Table } from "./table.js";
import { type Streams, Terminal } from "./terminal.js";
import { UsageError } from "./usage-error.js";

/** What a command works with: the terminal, the common options, and stores that are closed when it ends. */
export class Shell {
	readonly options: CommonOptions;
	/** Aborted by Ctrl-C. Connections and `progress` pass it on already. */
	readonly signal: AbortSignal;
	/** Results go here. */
	readonly out: Terminal;
	/** Everything else: progress, warnings, questions. */
	readonly err: Terminal;
	readonly #streams: Streams;
	readonly #started: number = performance.now();
	readonly #connections: Connection[] = [];

	constructor(options: CommonOptions, signal: AbortSignal, streams: Streams) {
		this.options = options;
		this.signal = signal;
		this.out = new Terminal(streams.stdout);
		this.err = new Terminal(streams.stderr);
		this.#streams = streams;
	}

	/** What comes in: values, answers. */
	get input(): Streams["stdin"] {
		return this.#streams.stdin;
	}

	/** One JSON document is wanted on stdout, nothing else. */
	get json(): boolean {
		return this.options.json ?? false;
	}

	/** Opens the target of an address, with the engine and the options that the command was given. */
	async open(target: string, mode: "r" | "r+" | "a"): Promise<Connection> {
		const resolved = await resolveTarget(target);
		const { engine, workers, option = {} } = this.options;
		const reserved = ["mode", "signal"].find((name) => Object.hasOwn(option, name));
		if (reserved !== undefined) throw new UsageError(`--option ${reserved}: the command itself chooses it`);
		await this.log("debug", `opening ${resolved} in mode ${mode}`);
		const given = { ...(engine && { engine }), ...(workers && { workers }) };
		const connection = await connect(resolved, { ...option, ...given, mode, signal: this.signal });
		this.#connections.push(connection);
		return connection;
	}

	/** Prints a result: a line of text, or several. Waits until it is written. */
	print(text: string): Promise<void> {
		return this.out.write(`${text}\n`);
	}

	/** Prints the one document of `--json`. Integers of any size keep their digits, NaN and infinities are strings. */
	printJson(value: unknown): Promise<void> {
		return this.print(formatJson(toPlainJson(value)));
	}

	/** Prints that document as a list of what comes, a line each. */
	async printJsonList<T>(values: AsyncIterable<T>, describe: (value: T) => object): Promise<void> {
		let before = "[";
		for await (const value of values) {
			await this.out.write(`${before}\n${formatJson(toPlainJson(describe(value)), 0)}`);
			before = ",";
		}
		await this.print(before === "[" ? "[]" : "\n]");
	}

	/** Prints what is known of one thing: a name and a text per line. */
	async printFields(title: string, fields: readonly (readonly [name: string, text: string])[]): Promise<void> {
		await this.print(formatFields(this.out, title, fields));
	}

	/** Prints rows as they come: aligned under headings for a person, else by tabs and without headings. */
	printTable(table: Table): Promise<void> {
		return printTable(this.out, table);
	}

	/** Tells on stderr, at the log levels that ask for it. Where nobody can be told the work goes on. */
	async log(level: Exclude<LogLevel, "silent">, text: string): Promise<void> {
		const asked = this.options.logLevel ?? "warn";
		if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(asked)) return;
		await this.err.write(`tesserae: ${level}: ${text}\n`).catch(() => {});
	}

	/** Runs a long call with a progress bar on stderr, if that is a terminal. */
	async progress<T>(label: string, work: (options: Required<CallOptions>) => Promise<T>): Promise<T> {
		await this.log("debug", label);
		const isShown = this.err.columns !== undefined && (this.options.logLevel ?? "warn") !== "silent";
		const bar = isShown ? new ProgressBar(label, this.err) : undefined;
		try {
			return await work({ signal: this.signal, onProgress: (progress: Progress) => bar?.update(progress) });
		} finally {
			bar?.stop();
		}
	}

	/** Closes what is open; after Ctrl-C without waiting for what runs. */
	async close(): Promise<void> {
		for (const connection of this.#connections) {
			await this.#tellCounts(connection);
			await connection.close({ abort: this.signal.aborted });
		}
	}

	/** What was asked of a store. */
	async #tellCounts({ meter, backend }: Connection): Promise<void> {
		const { operations, errors, bytesRead, bytesWritten } = meter.snapshot();
		if (operations === 0) return;
		const seconds = ((performance.now() - this.#started) / 1000).toFixed(2);
		const failed = errors > 0 ? `, ${countText(errors)} failed` : "";
		const bytes = `${bytesText(bytesRead)} read, ${bytesText(bytesWritten)} written`;
		await this.log(
			"info",
			`${backend.location}: ${countText(operations, "operation")}${failed}, ${bytes}, ${seconds} s`,
		);
	}
}
