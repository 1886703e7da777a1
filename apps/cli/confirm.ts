import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { StoreError } from "../../src/errors.js";
import type { Shell } from "./shell.js";

/** @throws StoreError ABORTED where a person says no; nobody is asked where there is no terminal */
export async function confirm(shell: Shell, question: string): Promise<void> {
	if (!shell.input.isTTY || shell.err.columns === undefined) return;
	// Left to the terminal, Ctrl-C is the signal that every command hears.
	const prompt = createInterface({ input: shell.input, output: shell.err.stream, terminal: false });
	try {
		const answer = prompt.question(`${question} [y/N] `, { signal: shell.signal });
		const ended = once(prompt, "close").then(() => "");
		if (!/^y(es)?$/i.test((await Promise.race([answer, ended])).trim()))
			throw new StoreError("ABORTED", "nothing was deleted");
	} finally {
		prompt.close();
	}
}
