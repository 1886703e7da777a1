import type { Command } from "commander";
import type { Connection } from "../../../src/connection.js";
import { isStoreError } from "../../../src/errors.js";
import { examples, type Start } from "../command.js";
import { confirm } from "../confirm.js";
import { notFound, readWholeAddress } from "../open-dataset.js";
import type { Shell } from "../shell.js";
import { UsageError } from "../usage-error.js";

interface Options {
	readonly all?: boolean;
	readonly yes?: boolean;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "TARGET#DATASET, or TARGET#GROUP with everything below it")
		.option("--all", "everything in the store, which the address then names alone")
		.option("-y, --yes", "do not ask, which is done on a terminal only")
		.addHelpText("after", examples("tesserae rm scan.sqlite#smoothed", "tesserae rm --all --yes scan.sqlite"))
		.action((address: string, options: Options) => start((shell) => remove(shell, address, options)));
}

async function remove(shell: Shell, text: string, options: Options): Promise<void> {
	const address = readWholeAddress(text);
	const { target, dataset: name = "" } = address;
	if (name === "" && !options.all) throw new UsageError(`${text} is the whole store: add --all to empty it`);
	if (name !== "" && options.all) throw new UsageError("--all empties the whole store: give its TARGET alone");
	const connection = await shell.open(target, "r+");
	const kind = await kindOf(connection, name);
	if (kind === undefined) throw await notFound(shell, connection, address);
	const what =
		name === "" ? "everything" : `the ${kind} ${JSON.stringify(name)}${kind === "group" ? " and all below it" : ""}`;
	if (!options.yes) await confirm(shell, `Delete ${what} in ${connection.backend.location}?`);
	if (kind === "dataset") await connection.deleteDataset(name);
	else await connection.deleteGroup(name);
	if (shell.json) await shell.printJson({ location: connection.backend.location, kind, name, deleted: true });
}

/** What cannot be read counts as a dataset: those are deleted also when they are damaged. */
async function kindOf(connection: Connection, name: string): Promise<"dataset" | "group" | undefined> {
	try {
		if (await connection.hasDataset(name)) return "dataset";
		return name === "" || (await connection.hasGroup(name)) ? "group" : undefined;
	} catch (error) {
		if (isStoreError(error, "CORRUPT") || isStoreError(error, "UNSUPPORTED")) return "dataset";
		throw error;
	}
}
