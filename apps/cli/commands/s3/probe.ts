import type { Command } from "commander";
import { examples, type Start } from "../../command.js";
import { hasService, withService } from "../../objects/object-services.js";
import { openObjects, readObjectAddress } from "../../objects/open-objects.js";
import type { Shell } from "../../shell.js";
import { visible } from "../../visible.js";

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
	const supports = await connection.probe();
	const service = (await hasService(shell, target))
		? await withService(shell, target, (service) => service.measure({ signal: shell.signal }))
		: undefined;
	const { location } = connection.backend;
	if (shell.json) return shell.printJson({ location, supports, ...(service && { service }) });
	await shell.print(visible(location));
	const rows = Object.entries({ ...supports, ...service }).map(([name, able]) => [
		name,
		answer(able),
		meaning(name, able),
	]);
	await shell.printTable({ headings: ["ability", "", "what it means"], rows: each(rows) });
}

async function* each(rows: readonly (readonly string[])[]): AsyncGenerator<readonly string[]> {
	yield* rows;
}

function answer(able: unknown): string {
	return able === undefined ? "unknown" : able === true ? "yes" : able === false ? "no" : String(able);
}

/** For abilities that somebody may miss: what follows where they are there, and where not. */
const MEANINGS: { readonly [name: string]: readonly [yes: string, no: string] } = {
	createIfAbsent: [
		"of several who create one object, one does",
		"two who create one object may both be told that they did",
	],
	compareAndSwap: [
		"writers of one chunk lose nothing of each other; a stale etag is refused",
		'writing takes writeSafety "single-writer": concurrent writers would lose updates',
	],
	ranges: ["a part of an object costs its own bytes", "a part of an object costs all of it"],
	suffixRanges: ["the end of an object is read at once", "the end of an object takes its size first"],
	bulkDelete: ["a thousand objects are deleted by one request", "every object is deleted by a request of its own"],
	checksums: [
		"bytes damaged on their way are refused",
		"bytes damaged on their way are stored, unless TLS protects them",
	],
	list: ["datasets can be found", "a dataset must be named"],
	conditionalDelete: ["", "nothing is deleted on a condition; chunks are emptied by writing them"],
};

function meaning(name: string, able: unknown): string {
	if (name === "versioning")
		return able === "enabled" ? "old versions are kept" : "what is overwritten or deleted is gone";
	const [yes, no] = MEANINGS[name] ?? ["", ""];
	return able === true ? yes : able === false ? no : "";
}
