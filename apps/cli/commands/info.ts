import type { Command } from "commander";
import type { Connection } from "../../../src/connection.js";
import { readNode } from "../../../src/operations/hierarchy/hierarchy.js";
import { examples, type Start } from "../command.js";
import { describeDataset } from "../describe-dataset.js";
import { describeStore } from "../describe-store.js";
import { notFound, readWholeAddress } from "../open-dataset.js";
import type { Shell } from "../shell.js";
import { bytesText } from "../sizes.js";

interface Options {
	readonly vacuum?: boolean;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "TARGET, TARGET#GROUP or TARGET#DATASET")
		.option("--vacuum", "give the space of deleted data back to the disk first (rewrites an SQLite file)")
		.addHelpText("after", examples("tesserae info scan.sqlite", "tesserae info scan.sqlite#data --json"))
		.action((address: string, options: Options) => start((shell) => inform(shell, address, options)));
}

async function inform(shell: Shell, text: string, options: Options): Promise<void> {
	const address = readWholeAddress(text);
	const connection = await shell.open(address.target, options.vacuum ? "r+" : "r");
	if (options.vacuum) await vacuum(shell, connection);
	const own = await readNode(connection.backend, address.dataset ?? "");
	if (own === undefined && address.dataset) throw await notFound(shell, connection, address);
	if (own?.node.nodeType === "array") await describeDataset(shell, connection, address.dataset ?? "");
	else await describeStore(shell, connection, address);
}

async function vacuum(shell: Shell, connection: Connection): Promise<void> {
	const before = await connection.usage();
	await connection.compact();
	const after = await connection.usage();
	if (before.bytes !== undefined && after.bytes !== undefined)
		await shell.log("info", `gave ${bytesText(before.bytes - after.bytes)} back to the disk`);
}
