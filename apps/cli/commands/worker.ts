import type { Command } from "commander";
import type { Logger } from "../../../src/log.js";
import { examples, type Start } from "../command.js";
import { duration, wholeNumber } from "../option-values.js";
import { addQueueOptions, type QueueFlags } from "../queue-options.js";
import type { Shell } from "../shell.js";

interface Options extends QueueFlags {
	readonly concurrency?: number;
	readonly kernels?: string;
	/** Milliseconds. */
	readonly lockDuration?: number;
}

export function define(command: Command, start: Start): void {
	addQueueOptions(command)
		.option("--concurrency <n>", "batches at once, each on a thread of its own; default 1", wholeNumber)
		.option("--kernels <dir>", "the directory of kernels, the same as the callers have")
		.option("--lock-duration <time>", "without a sign of life for so long it is taken for dead; default 4s", duration)
		.addHelpText(
			"after",
			`
Works for callers with the engine distributed until it is stopped (Ctrl-C,
SIGTERM): then it finishes what it has at hand within a few seconds, or gives it
back. Stores are opened by the path or URL that the caller has, with the
credentials of this host; another store behind that path is refused. Kernels are
found in packages of this host or below --kernels, never sent, and must be the
same as the caller's.

A password of Redis belongs into TESSERAE_REDIS: others on this host see the
arguments of commands.
${examples(
	"tesserae worker --redis redis://queue.example.org --kernels ./kernels --concurrency 4",
	"TESSERAE_REDIS=rediss://user:password@queue.example.org tesserae worker --log-level info",
)}`,
		)
		.action((options: Options) => start((shell) => run(shell, options)));
}

async function run(shell: Shell, options: Options): Promise<void> {
	const { work } = await import("tesserae/engines/distributed");
	await work({ ...options, log: shell.storeOptions().log as Logger, signal: shell.signal });
	// Ended as asked.
	await shell.log("info", "ended");
}
