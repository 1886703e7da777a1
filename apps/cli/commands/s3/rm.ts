import type { Command } from "commander";
import { StoreError } from "../../../../src/errors.js";
import { formatObjectAddress, type ObjectAddress } from "../../../../src/object-address.js";
import { examples, type Start } from "../../command.js";
import { confirm } from "../../confirm.js";
import {
	insideOf,
	noSuchObject,
	type Objects,
	openObjects,
	readKey,
	readObjectAddress,
} from "../../objects/open-objects.js";
import type { Shell } from "../../shell.js";
import { countText } from "../../sizes.js";
import { UsageError } from "../../usage-error.js";

interface Options {
	readonly recursive?: boolean;
	readonly all?: boolean;
	readonly yes?: boolean;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "an object, with -r a directory, or with --all a store")
		.option("-r, --recursive", "everything in a directory")
		.option("--all", "every object in the store, which the address then names alone")
		.option("-y, --yes", "do not ask, which is done on a terminal only")
		.addHelpText("after", examples("tesserae s3 rm s3://bucket/a.bin", "tesserae s3 rm -ry s3://bucket/photos"))
		.action((address: string, options: Options) => start((shell) => remove(shell, address, options)));
}

async function remove(shell: Shell, text: string, options: Options): Promise<void> {
	const address = addressOf(text, options);
	const { connection } = await openObjects(shell, address);
	if (!(options.recursive || options.all)) return removeOne(shell, { connection, address }, options);
	const prefix = insideOf(address.key);
	const where = formatObjectAddress({ ...address, key: prefix });
	if (!(await connection.store.isDirectory(prefix)))
		throw new StoreError("NOT_FOUND", `there are no objects below ${where}`);
	if (!options.yes) await confirm(shell, `Delete every object below ${where}?`);
	const deleted = await shell.progress(`deleting ${where}`, (call) =>
		connection.store.deletePrefix(prefix, { ...call, all: options.all }),
	);
	if (shell.json) await shell.printJson({ location: connection.backend.location, prefix, deleted });
	else await shell.log("info", `deleted ${countText(deleted, "object")}`);
}

/** @throws UsageError for a whole store without --all, and a part of it with it */
function addressOf(text: string, { recursive, all }: Options): ObjectAddress {
	if (!(recursive || all)) return readKey(text);
	const address = readObjectAddress(text);
	if (all && address.key !== "") throw new UsageError("--all empties the whole store: give its TARGET alone");
	if (!all && address.key === "") throw new UsageError(`${text} is the whole store: add --all to empty it`);
	return address;
}

async function removeOne(shell: Shell, { connection, address }: Objects, { yes }: Options): Promise<void> {
	const { key } = address;
	if (!(await connection.store.has(key))) throw noSuchObject(address);
	if (!yes) await confirm(shell, `Delete ${formatObjectAddress(address)}?`);
	await connection.store.delete(key);
	if (shell.json) await shell.printJson({ location: connection.backend.location, key, deleted: 1 });
}
