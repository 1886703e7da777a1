import { CommanderError } from "commander";
import { isStoreError } from "tesserae";

/** The person called the program wrongly: one line, exit status 2. */
export class UsageError extends Error {}

/** What `connect` refuses was typed wrongly: `connect(…).catch(asWrongUsage)`. */
export function asWrongUsage(error: unknown): never {
	throw isStoreError(error, "INVALID_ARGUMENT") ? new UsageError(error.message) : error;
}

/** A whole number above 0. */
export function wholeNumber(option: string, text: string): number {
	const number = positiveNumber(option, text);
	if (Number.isSafeInteger(number)) return number;
	throw new UsageError(`${option} takes whole numbers, not ${JSON.stringify(text)}`);
}

/** A number above 0. */
export function positiveNumber(option: string, text: string): number {
	const number = Number(text);
	if (Number.isFinite(number) && number > 0) return number;
	throw new UsageError(`${option} takes a number above 0, not ${JSON.stringify(text)}`);
}

/**
 * Runs a program and sets the exit status: what `main` returns; where it fails 2 for wrong usage, 130 after Ctrl-C, else 1, with the
 * reason in one line on stderr. Ctrl-C aborts the signal that `main` is given, so that it can tidy up; a second one ends the process at once.
 */
export async function run(main: (args: string[], signal: AbortSignal) => Promise<number>): Promise<void> {
	const interrupt = new AbortController();
	process.once("SIGINT", () => interrupt.abort());
	try {
		process.exitCode = await main(process.argv.slice(2), interrupt.signal);
	} catch (error) {
		process.exitCode = interrupt.signal.aborted ? 130 : isWrongUsage(error) ? 2 : 1;
		console.error(interrupt.signal.aborted ? "interrupted" : firstLine(error));
	}
}

function isWrongUsage(error: unknown): boolean {
	return error instanceof UsageError || error instanceof CommanderError;
}

function firstLine(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	return (message.split("\n")[0] as string).replace(/^error: /, "");
}
