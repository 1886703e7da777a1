import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { examples, type Start } from "../command.js";
import { duration, wholeNumber } from "../option-values.js";
import { launch, scriptPath } from "../ranks/launch.js";
import type { Shell } from "../shell.js";
import { UsageError } from "../usage-error.js";

interface Options {
	readonly count?: number;
	readonly tag?: boolean;
	readonly timeout?: number;
	readonly configPerRank?: boolean;
}

/** More processes than that on one machine are a slip of the finger. */
const MOST = 1024;

export function define(command: Command, start: Start): void {
	command
		.argument("<script>", "a JavaScript program that connects with the engine ranks")
		.argument("[args...]", "its arguments, options among them")
		.passThroughOptions()
		.option("-n, --count <n>", "how many times it runs at once; default: the cores there are", ranks)
		.option("--tag", "print the number of the rank before each line")
		.option("--timeout <time>", "how long ranks wait for one another to connect, such as 30s; default 60s", duration)
		.option("--config-per-rank", "prefer configuration files HOST.RANK.FILE, then RANK.FILE, to FILE")
		.addHelpText("after", examples("tesserae ranks -n 4 ./smooth.js scan.sqlite", "tesserae ranks --tag ./smooth.js"))
		.action((script: string, args: string[], options: Options) =>
			start((shell) => run(shell, scriptPath(script), args, options)),
		);
}

async function run(shell: Shell, script: string, args: readonly string[], options: Options): Promise<void> {
	const { count = availableParallelism(), tag = false, timeout, configPerRank = false } = options;
	const found = await stat(script).catch(() => undefined);
	if (!found?.isFile()) throw new UsageError(`there is no script ${script}`);
	const env = {
		...(timeout === undefined ? {} : { TESSERAE_RANKS_TIMEOUT: String(timeout) }),
		...(configPerRank ? { TESSERAE_CONFIG_PER_RANK: "1" } : {}),
	};
	await launch({ script, args, size: count, tags: tag, env }, shell);
}

function ranks(text: string): number {
	const count = wholeNumber(text);
	if (count <= MOST) return count;
	throw new InvalidArgumentError(`It is at most ${MOST}.`);
}
