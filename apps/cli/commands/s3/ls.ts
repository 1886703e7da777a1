import type { Command } from "commander";
import { StoreError } from "../../../../src/errors.js";
import { formatObjectAddress, type ObjectAddress } from "../../../../src/object-address.js";
import type { ObjectVersionEntry } from "../../../../src/object-service.js";
import type { ObjectEntry } from "../../../../src/objects/object-list.js";
import { examples, type Start } from "../../command.js";
import { withService } from "../../objects/object-services.js";
import { insideOf, type Objects, openObjects, readObjectAddress } from "../../objects/open-objects.js";
import type { Shell } from "../../shell.js";
import { bytesText } from "../../sizes.js";
import { visible } from "../../visible.js";

interface Options {
	readonly recursive?: boolean;
	readonly long?: boolean;
	readonly versions?: boolean;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "a store, a directory in it, or an object")
		.option("-r, --recursive", "every object, and no directories")
		.option("-l, --long", "with sizes")
		.option("--versions", "old versions and deletions too, of buckets that keep them")
		.addHelpText(
			"after",
			examples(
				"tesserae s3 ls s3://bucket",
				"tesserae s3 ls -lr s3://bucket/photos",
				"tesserae s3 ls file:scan.zarr#c/0 --json",
			),
		)
		.action((address: string, options: Options) =>
			start((shell) => {
				const place = readObjectAddress(address);
				return options.versions ? listVersions(shell, place) : list(shell, place, options);
			}),
		);
}

async function list(shell: Shell, address: ObjectAddress, { recursive = false, long = false }: Options): Promise<void> {
	const entries = entriesOf(shell, await openObjects(shell, address), recursive);
	if (shell.json) await shell.printJsonList(entries, (entry) => entry);
	else if (long) await shell.printTable({ headings: [">size", "key"], rows: rowsOf(entries) });
	else for await (const { key } of entries) await shell.print(visible(key));
}

/** What is in a directory, or the object of that name. An empty store is no mistake, a name that stands for nothing is one. */
async function* entriesOf(
	{ signal }: Shell,
	{ connection, address }: Objects,
	recursive: boolean,
): AsyncGenerator<ObjectEntry> {
	const { key } = address;
	let isEmpty = true;
	for await (const entry of connection.store.list(insideOf(key), { recursive, signal })) {
		isEmpty = false;
		yield entry;
	}
	if (!isEmpty || key === "") return;
	const size = key.endsWith("/") ? undefined : await connection.store.size(key);
	if (size === undefined)
		throw new StoreError("NOT_FOUND", `there is no object or directory ${formatObjectAddress(address)}`, { key });
	yield { kind: "object", key, size };
}

async function* rowsOf(entries: AsyncIterable<ObjectEntry>): AsyncGenerator<readonly string[]> {
	for await (const entry of entries) yield [entry.kind === "object" ? bytesText(entry.size) : "", entry.key];
}

async function listVersions(shell: Shell, { target, key }: ObjectAddress): Promise<void> {
	await withService(shell, target, async (service) => {
		const versions = service.listVersions(key, { signal: shell.signal });
		if (shell.json) await shell.printJsonList(versions, describe);
		else
			await shell.printTable({
				headings: [">size", "modified", "version", "state", "key"],
				rows: versionRows(versions),
			});
	});
}

function describe({ modified, ...rest }: ObjectVersionEntry): object {
	return { ...rest, modified: modified.toISOString() };
}

async function* versionRows(versions: AsyncIterable<ObjectVersionEntry>): AsyncGenerator<readonly string[]> {
	for await (const { key, version, isLatest, isDeletion, size, modified } of versions) {
		const state = `${isLatest ? "current" : "old"}${isDeletion ? ", deleted" : ""}`;
		yield [isDeletion ? "" : bytesText(size), modified.toISOString(), version, state, key];
	}
}
