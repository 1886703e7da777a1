/** Runs the program, and makes of every way in which it may end an exit status and at most one line on stderr. */
import { CommanderError } from "commander";
import { isStoreError } from "../../src/errors.js";
import { inTermsOfOptions } from "./advice.js";
import type { Start } from "./command.js";
import type { CommonOptions } from "./common-options.js";
import { makeProgram } from "./program.js";
import { UsageError } from "./usage-error.js";
import { visible } from "./visible.js";

/** Exit status. */
const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** @returns the exit status */
export async function runProgram(args: readonly string[]): Promise<number> {
	// Without a listener a closed pipe ends the process with a stack; the write that met it reports it, too.
	for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
	const interrupt = listenForSignals();
	let options: CommonOptions = {};
	const program = makeProgram((common) => {
		options = common;
		return startWith(common, interrupt.signal);
	});
	program.configureOutput({ outputError: () => {} });
	for (const command of program.commands) command.copyInheritedSettings(program);
	try {
		await program.parseAsync(args[0] === "help" ? [...args.slice(1), "--help"] : args, { from: "user" });
		return DONE;
	} catch (error) {
		if (interrupt.signal.aborted) return SIGNALS[interrupt.signal.reason as keyof typeof SIGNALS];
		return report(error, options);
	}
}

/** The first signal lets the command tidy up; a second one ends the process at once. */
function listenForSignals(): AbortController {
	const interrupt = new AbortController();
	for (const [signal, status] of Object.entries(SIGNALS))
		process.on(signal, () => {
			if (interrupt.signal.aborted) process.exit(status);
			interrupt.abort(signal);
		});
	return interrupt;
}

function startWith(options: CommonOptions, signal: AbortSignal): Start {
	return async (work) => {
		const { Shell } = await import("./shell.js");
		const shell = new Shell(options, signal);
		// Node's own way to tell of these takes three lines and knows no level.
		process.removeAllListeners("warning");
		process.on("warning", ({ message }) => void shell.log(levelOf(message), visible(onOneLine(message))));
		try {
			await work(shell);
		} finally {
			await shell.close();
		}
	};
}

function report(error: unknown, { debug, logLevel }: CommonOptions): number {
	if (error instanceof CommanderError && error.exitCode === 0) return DONE;
	if ((error as { code?: unknown }).code === "EPIPE") return DONE;
	const isUsage = error instanceof UsageError || error instanceof CommanderError;
	// Where the help was printed for want of a command, it says enough.
	if (logLevel !== "silent" && (error as { code?: unknown }).code !== "commander.help")
		process.stderr.write(`tesserae: ${describe(error, isUsage)}\n${debug ? stackOf(error) : ""}`);
	return isUsage ? WRONG_USAGE : FAILED;
}

function describe(error: unknown, isUsage: boolean): string {
	if (!(error instanceof Error)) return `INTERNAL: ${visible(String(error))}`;
	const message = visible(inTermsOfOptions(onOneLine(error.message)));
	if (isUsage) return `USAGE: ${message.replace(/^error: /, "")}`;
	const { code } = error as { code?: unknown };
	return `${isStoreError(error) || typeof code === "string" ? code : "INTERNAL"}: ${message}`;
}

function onOneLine(text: string): string {
	return text.trim().replace(/\s*\n\s*/g, " ");
}

function stackOf(error: unknown): string {
	const { stack, cause } = error as Error;
	return `${stack ?? String(error)}\n${cause === undefined ? "" : `caused by ${stackOf(cause)}`}`;
}

/** That a package will want another Node some day is nothing that who runs a command can do anything about. */
function levelOf(warning: string): "warn" | "debug" {
	return warning.startsWith("NodeVersionSupportWarning") ? "debug" : "warn";
}
