import { StoreError } from "./errors.js";

/** From nothing to everything. */
export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Takes messages, a line each, as `console` does and the loggers of most packages. */
export type Logger = Readonly<Record<Exclude<LogLevel, "silent">, (message: string) => void>>;

/** Told unless somebody asks for more or less. */
export const DEFAULT_LEVEL: LogLevel = "warn";

export function isLogLevel(value: unknown): value is LogLevel {
	return LOG_LEVELS.some((level) => level === value);
}

/**
 * What is told, and where: an object is told everything and chooses for itself; a level is what goes to the console. The option comes before
 * the environment variable `TESSERAE_LOG`, and that before what the configuration file says.
 * @throws StoreError INVALID_ARGUMENT
 */
export function loggerFor(option: LogLevel | Logger | undefined, configured: LogLevel | undefined): Logger {
	if (typeof option === "object" && option !== null) return checkLogger(option);
	if (option !== undefined) return toConsole(checkLevel("log", option));
	const asked = globalThis.process?.env?.TESSERAE_LOG || undefined;
	return toConsole(asked === undefined ? (configured ?? DEFAULT_LEVEL) : checkLevel("TESSERAE_LOG", asked));
}

function checkLevel(name: string, level: unknown): LogLevel {
	if (isLogLevel(level)) return level;
	throw new StoreError(
		"INVALID_ARGUMENT",
		`${name} is one of ${LOG_LEVELS.join(", ")}${name === "log" ? ", or an object with such methods" : ""}, not ${JSON.stringify(level)}`,
	);
}

function checkLogger(logger: Logger): Logger {
	const missing = LOG_LEVELS.find((level) => level !== "silent" && typeof logger[level] !== "function");
	if (missing === undefined) return logger;
	throw new StoreError("INVALID_ARGUMENT", `log is an object without the method ${missing}: give it, or a level`);
}

/** In Node all of it goes to stderr, since stdout holds results. */
function toConsole(least: LogLevel): Logger {
	const isNode = globalThis.process?.versions?.node !== undefined;
	const write = (level: Exclude<LogLevel, "silent">) =>
		LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(least)
			? () => {}
			: (message: string) => console[isNode && level !== "error" ? "warn" : level](`tesserae: ${level}: ${message}`);
	return { error: write("error"), warn: write("warn"), info: write("info"), debug: write("debug") };
}
