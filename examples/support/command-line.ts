/** The person called the program wrongly: one line, exit status 2. */
export class UsageError extends Error {}

/** Lets an option take several arguments, `--sizes 32 64`, which `parseArgs` knows only as `--sizes=32,64`. */
export function joinArguments(args: readonly string[], option: string): string[] {
	const at = args.indexOf(option);
	if (at === -1) return [...args];
	const end = args.findIndex((arg, n) => n > at && arg.startsWith("-"));
	const values = args.slice(at + 1, end === -1 ? args.length : end);
	return [...args.slice(0, at), `${option}=${values.join(",")}`, ...args.slice(at + 1 + values.length)];
}

/** The whole numbers of a list such as `32,64` or `32 64`. */
export function wholeNumbers(option: string, list: string): number[] {
	return list.split(/[\s,]+/).map((text) => wholeNumber(option, text));
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
 * reason in one line on stderr. Ctrl-C aborts the signal that `main` is given, so that it can tidy up.
 */
export async function run(main: (args: string[], signal: AbortSignal) => Promise<number>): Promise<void> {
	const interrupt = new AbortController();
	process.once("SIGINT", () => interrupt.abort());
	try {
		process.exitCode = await main(process.argv.slice(2), interrupt.signal);
	} catch (error) {
		console.error(error instanceof Error ? error.message.split("\n")[0] : error);
		process.exitCode = interrupt.signal.aborted ? 130 : isWrongUsage(error) ? 2 : 1;
	}
}

function isWrongUsage(error: unknown): boolean {
	if (error instanceof UsageError) return true;
	return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
