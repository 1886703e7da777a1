import type { Command } from "commander";
import { examples, type Start } from "../../command.js";
import { openObjects, readObjectAddress } from "../../objects/open-objects.js";
import type { Shell } from "../../shell.js";

export function define(command: Command, start: Start): void {
	command
		.argument("<target>", "a store")
		.addHelpText(
			"after",
			`
What the store does not tell of itself is tried on an object of its own, which is deleted again.
${examples("tesserae s3 probe s3://bucket")}`,
		)
		.action((target: string) => start((shell) => measure(shell, target)));
}

async function measure(shell: Shell, text: string): Promise<void> {
	const { target } = readObjectAddress(text);
	const { connection } = await openObjects(shell, { target, key: "" });
	const supports = Object.entries(await connection.probe());
	const { location } = connection.backend;
	if (shell.json) return shell.printJson({ location, supports: Object.fromEntries(supports) });
	await shell.printFields(
		location,
		supports.map(([name, able]) => [name, able === undefined ? "unknown" : able ? "yes" : "no"]),
	);
}
