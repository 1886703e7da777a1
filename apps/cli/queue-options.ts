import type { Command } from "commander";

export interface QueueFlags {
	readonly redis?: string;
	readonly queue?: string;
}

/** Where a queue is, for commands that have to do with one. */
export function addQueueOptions(command: Command): Command {
	return command
		.option("--redis <url>", "redis://HOST:PORT, or rediss:// for TLS; default TESSERAE_REDIS")
		.option("--queue <name>", "the queue; default TESSERAE_QUEUE, else tesserae");
}
