/** Runs the program, and makes of every way in which it may end an exit status and at most one line on stderr. */
import { CommanderError } from "commander";
import { isStoreError } from "../../src/errors.js";
import { inTermsOfOptions } from "./advice.js";
import type { Start } from "./command.js";
import type { CommonOptions } from "./common-options.js";
import { ExitStatus } from "./exit-status.js";
import { leaveOptionsOfScripts, makeProgram } from "./program.js";
import type { Shell } from "./shell.js";
import { SIGNALS } from "./signals.js";
import { type Streams, USUAL_WIDTH, widthOf } from "./terminal.js";
import { UsageError } from "./usage-error.js";
import { visible } from "./visible.js";

/** Exit status. */
const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/**
 * @param streams those of the process; a program that runs the command within itself gives others
 * @param signal aborted where the command is to end, with the name of the process's signal as the reason
 * @returns the exit status
 */
export async function runProgram(args: readonly string[], streams: Streams, signal: AbortSignal): Promise<number> {
	const { stdout, stderr } = streams;
	// Without a listener a closed pipe ends the process with a stack; the write that met it reports it, too.
	for (const stream of [stdout, stderr]) stream.on("error", () => {});
	let options: CommonOptions = {};
	const program = makeProgram((common) => {
		options = common;
		return startWith(common, signal, streams);
	});
	program.configureOutput({
		outputError: () => {},
		writeOut: (text) => void stdout.write(text),
		writeErr: (text) => void stderr.write(text),
		getOutHelpWidth: () => widthOf(stdout) ?? USUAL_WIDTH,
		getErrHelpWidth: () => widthOf(stderr) ?? USUAL_WIDTH,
	});
	for (const command of program.commands) command.copyInheritedSettings(program);
	leaveOptionsOfScripts(program, args);
	try {
		await program.parseAsync(args[0] === "help" ? [...args.slice(1), "--help"] : args, { from: "user" });
		return DONE;
	} catch (error) {
		if (signal.aborted) return SIGNALS[signal.reason as keyof typeof SIGNALS];
		if (!(error instanceof ExitStatus)) return report(error, options, stderr);
		report(error.cause, options, stderr);
		return error.status;
	}
}

function startWith(options: CommonOptions, signal: AbortSignal, streams: Streams): Start {
	return async (work) => {
		const { Shell } = await import("./shell.js");
		const shell = new Shell(options, signal, streams);
		if (streams === process) tellWarnings(shell);
		try {
			await work(shell);
		} finally {
			await shell.close();
		}
	};
}

/** Node's own way to tell of these takes three lines and knows no level. */
function tellWarnings(shell: Shell): void {
	process.removeAllListeners("warning");
	process.on("warning", ({ message }) => void shell.log(levelOf(message), visible(onOneLine(message))));
}

function report(error: unknown, { debug, logLevel }: CommonOptions, stderr: Streams["stderr"]): number {
	if (error instanceof CommanderError && error.exitCode === 0) return DONE;
	if ((error as { code?: unknown }).code === "EPIPE") return DONE;
	const isUsage = error instanceof UsageError || error instanceof CommanderError;
	// Where the help was printed for want of a command, it says enough.
	if (logLevel !== "silent" && (error as { code?: unknown }).code !== "commander.help")
		stderr.write(`tesserae: ${describe(error, isUsage)}\n${debug ? stackOf(error) : ""}`);
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
