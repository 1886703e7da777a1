import { availableParallelism, release, totalmem, type } from "node:os";
import type { Command } from "commander";
import { StoreError } from "../../../src/errors.js";
import type { Logger } from "../../../src/log.js";
import { examples, type Start } from "../command.js";
import { checkConfiguration } from "../configuration-check.js";
import { checkEngines } from "../engine-checks.js";
import { type Check, checkMachine } from "../machine-checks.js";
import { readWholeAddress } from "../open-dataset.js";
import { addQueueOptions, type QueueFlags } from "../queue-options.js";
import type { Shell } from "../shell.js";
import { bytesText } from "../sizes.js";
import { checkTarget } from "../target-checks.js";
import type { Style } from "../terminal.js";
import { UsageError } from "../usage-error.js";

interface Options extends QueueFlags {
	readonly write?: boolean;
}

export function define(command: Command, start: Start): void {
	addQueueOptions(command)
		.argument("[target]", "a store to look at, too")
		.option("--write", "also write an object of 1 MiB to the target, read it back, and delete it")
		.addHelpText(
			"after",
			examples(
				"tesserae doctor",
				"tesserae doctor scan.sqlite --write",
				"tesserae doctor --redis redis://queue.example.org",
			),
		)
		.action((target: string | undefined, options: Options) => start((shell) => examine(shell, target, options)));
}

async function examine(shell: Shell, text: string | undefined, options: Options): Promise<void> {
	const { write = false, ...queue } = options;
	if (text === undefined && write) throw new UsageError("--write takes a target to write to");
	const machine = describeMachine();
	const ofTarget = text === undefined ? [] : await checkTarget(shell, readWholeAddress(text).target, write);
	const log = shell.storeOptions().log as Logger;
	const engines = await checkEngines({ ...queue, log });
	const checks = [
		...(await checkMachine()),
		...engines,
		...(await checkConfiguration(shell.options.config)),
		...ofTarget,
	];
	const broken = checks.filter(({ state }) => state === "broken");
	if (shell.json) await shell.printJson({ ok: broken.length === 0, ...machine, checks });
	else await print(shell, machine, checks);
	if (broken.length > 0)
		throw new StoreError("UNAVAILABLE", `not everything works: ${broken.map(({ name }) => name).join(", ")}`);
}

function describeMachine() {
	return {
		platform: `${type()} ${release()}, ${process.arch}`,
		cores: availableParallelism(),
		memory: totalmem(),
	};
}

const STYLES: { readonly [state in Check["state"]]: Style } = {
	ok: "green",
	slow: "yellow",
	doubtful: "yellow",
	missing: "dim",
	broken: "red",
};

async function print(
	shell: Shell,
	machine: ReturnType<typeof describeMachine>,
	checks: readonly Check[],
): Promise<void> {
	const { platform, cores, memory } = machine;
	await shell.printFields(
		`${platform}, ${cores} cores, ${bytesText(memory)}`,
		checks.map((check) => [
			check.name,
			`${shell.out.style(STYLES[check.state], check.state)}  ${check.text}${check.advice ? `: ${check.advice}` : ""}`,
		]),
	);
}
