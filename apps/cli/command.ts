import type { Command } from "commander";
import type { Shell } from "./shell.js";

/** Does a command's work: makes its shell, and afterwards closes what the work has opened, however it ended. */
export type Start = (work: (shell: Shell) => Promise<void>) => Promise<void>;

/** A module of `commands/`; loaded when its command is called. */
export interface CommandModule {
	/** Gives the command its arguments, options, examples and action, which calls `start`. The common options are the program's. */
	define(command: Command, start: Start): void;
}

/** The end of a command's help. */
export function examples(...lines: readonly string[]): string {
	return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
