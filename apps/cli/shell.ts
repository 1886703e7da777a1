import { readConfiguration } from "../../src/config/read.js";
import { connect } from "../../src/connect.js";
import type { Connection } from "../../src/connection.js";
import type { ConnectOptions } from "../../src/connection-options.js";
import type { CallOptions, Progress } from "../../src/engine.js";
import { formatJson } from "../../src/format/json.js";
import { DEFAULT_LEVEL, LOG_LEVELS, type Logger, type LogLevel } from "../../src/log.js";
import type { CommonOptions } from "./common-options.js";
import { formatFields } from "./fields.js";
import { toPlainJson } from "./plain-json.js";
import { ProgressBar } from "./progress-bar.js";
import { resolveTarget } from "./resolve-target.js";
import { bytesText, countText } from "./sizes.js";
import { printTable, type Table } from "./table.js";
import { type Streams, Terminal } from "./terminal.js";
import { UsageError } from "./usage-error.js";
import { visible } from "./visible.js";

/** Options of `connect` that are not for `--option` to give. */
const RESERVED: { readonly [option: string]: string } = {
	mode: "the command itself chooses it",
	signal: "the command itself chooses it",
	config: "write --config FILE",
	log: "write --log-level LEVEL",
};

/** What a command works with: the terminal, the common options, and stores that are closed when it ends. */
export class Shell {
	readonly options: CommonOptions;
	/** Aborted by Ctrl-C. Connections and `progress` pass it on already. */
	readonly signal: AbortSignal;
	/** Results go here. */
	readonly out: Terminal;
	/** Everything else: progress, warnings, questions. */
	readonly err: Terminal;
	/** What the library tells, told like all the rest. */
	readonly #logger: Logger = {
		error: (text) => void this.log("error", visible(text)),
		warn: (text) => void this.log("warn", visible(text)),
		info: (text) => void this.log("info", visible(text)),
		debug: (text) => void this.log("debug", visible(text)),
	};
	#asked: Promise<LogLevel> | undefined;
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
		const options = this.storeOptions();
		await this.log("debug", `opening ${resolved} in mode ${mode}`);
		const { engine, workers } = this.options;
		const given = { ...(engine && { engine }), ...(workers && { workers }) };
		const connection = await connect(resolved, { ...options, ...given, mode });
		this.#connections.push(connection);
		return connection;
	}

	/** What every store is opened with. @throws UsageError */
	storeOptions(): ConnectOptions {
		const { config, option = {} } = this.options;
		const reserved = Object.keys(RESERVED).find((name) => Object.hasOwn(option, name));
		if (reserved !== undefined) throw new UsageError(`--option ${reserved}: ${RESERVED[reserved]}`);
		return { ...option, ...(config && { config }), signal: this.signal, log: this.#logger };
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
		if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(await this.#level())) return;
		await this.err.write(`tesserae: ${level}: ${text}\n`).catch(() => {});
	}

	/** How much is told. A configuration file that is wrong or missing is for those to tell who need it. */
	#level(): Promise<LogLevel> {
		const { logLevel, config } = this.options;
		this.#asked ??= logLevel ? Promise.resolve(logLevel) : configuredLevel(config).catch(() => DEFAULT_LEVEL);
		return this.#asked;
	}

	/** Runs a long call with a progress bar on stderr, if that is a terminal. */
	async progress<T>(label: string, work: (options: Required<CallOptions>) => Promise<T>): Promise<T> {
		await this.log("debug", label);
		const isShown = this.err.columns !== undefined && (await this.#level()) !== "silent";
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

async function configuredLevel(config: string | undefined): Promise<LogLevel> {
	return (await readConfiguration(config))?.log.level ?? DEFAULT_LEVEL;
}
