import { type Address, formatAddress } from "../../src/address.js";
import type { Connection } from "../../src/connection.js";
import { type CreateOptions, Dataset } from "../../src/dataset.js";
import { StoreError } from "../../src/errors.js";
import { readNode } from "../../src/operations/hierarchy/hierarchy.js";
import { members } from "../../src/operations/hierarchy/members.js";
import { unfinishedFrom, unfinishedMark } from "../../src/operations/unfinished.js";
import { describeSource } from "./copy-description.js";
import type { CopyOptions } from "./copy-options.js";
import type { Source } from "./copy-source.js";
import { withStaged } from "./copy-staging.js";
import type { Shell } from "./shell.js";
import { fillMarked } from "./unfinished.js";
import { inValues } from "./value-progress.js";

const ADVICE = "the same command with --resume goes on, with --if-exists replace it starts anew";

/** Copies values into a dataset of their own. Until it is complete it carries the mark of what is unfinished. */
export async function copyToDataset(
	shell: Shell,
	source: Source,
	address: Address,
	options: CopyOptions,
): Promise<Dataset> {
	// What lies in a file cannot be selected from where it is.
	if (!(source.values instanceof Dataset) && source.selection !== undefined)
		return withStaged(shell, source, {}, (staged) => copyToDataset(shell, staged, address, options));
	const connection = await shell.open(address.target, "a");
	return copyInto(shell, source, { connection, name: address.dataset ?? "" }, options);
}

interface Place {
	readonly connection: Connection;
	readonly name: string;
}

export async function copyInto(shell: Shell, source: Source, place: Place, options: CopyOptions): Promise<Dataset> {
	const { casting, resume } = options;
	const wanted = describeSource(source, options);
	const dataset = await claim(source, place, wanted, options);
	await shell.progress(`copying ${place.name}`, (o) =>
		fillMarked(dataset, options.recursive ? undefined : ADVICE, () => {
			const selection = source.values instanceof Dataset ? source.selection : undefined;
			return dataset.load(source.values, { ...inValues(o, dataset.nbytes), casting, resume, selection });
		}),
	);
	return dataset;
}

/** The dataset to fill, marked: a new one, one that takes the place of another, or the one that an earlier run began. */
async function claim(
	source: Source,
	{ connection, name }: Place,
	wanted: CreateOptions,
	{ ifExists, resume }: CopyOptions,
): Promise<Dataset> {
	refuseItself(source, connection, name);
	const attributes = { ...wanted.attributes, ...unfinishedMark(source.place) };
	const existing = await findDataset(connection, name);
	if (existing === undefined) return connection.createDataset(name, { ...wanted, attributes });
	if (ifExists === "replace") return connection.createDataset(name, { ...wanted, attributes, ifExists: "replace" });
	if (resume && unfinishedFrom(existing.attributes) === source.place)
		return connection.createDataset(name, { ...wanted, ifExists: "open" });
	throw inTheWay(existing, resume ?? false);
}

function refuseItself({ values }: Source, { backend }: Connection, name: string): void {
	const isItself =
		values instanceof Dataset && values.name === name && values.connection.backend.location === backend.location;
	if (isItself) throw new StoreError("INVALID_ARGUMENT", `${JSON.stringify(name)} cannot be copied onto itself`);
}

/** @throws StoreError ALREADY_EXISTS where there is a group that holds something */
async function findDataset(connection: Connection, name: string): Promise<Dataset | undefined> {
	const found = await readNode(connection.backend, name, undefined);
	if (found === undefined) return undefined;
	if (found.node.nodeType === "array") return connection.getDataset(name);
	for await (const member of members(connection.backend, name, { concurrency: 2 }))
		throw groupInTheWay(connection, name, member.name);
	return undefined;
}

function groupInTheWay({ backend }: Connection, name: string, member: string): StoreError {
	const what = name === "" ? "the store" : `${JSON.stringify(name)} is a group, which`;
	return new StoreError(
		"ALREADY_EXISTS",
		`${backend.location}: ${what} holds ${JSON.stringify(member)} already: name a dataset, such as #${name === "" ? "" : `${name}/`}data`,
	);
}

function inTheWay({ name, attributes, connection }: Dataset, resume: boolean): StoreError {
	const place = formatAddress({ target: connection.backend.location, dataset: name });
	const from = unfinishedFrom(attributes);
	if (resume && from === undefined)
		return new StoreError("ALREADY_EXISTS", `${place} is no unfinished copy: nothing to resume`);
	const unfinished = from === undefined ? "" : `, unfinished, from ${from}`;
	const advice = from === undefined || resume ? "--if-exists replace" : "--resume, or --if-exists replace";
	return new StoreError("ALREADY_EXISTS", `${place} is there already${unfinished}: another name, or ${advice}`);
}
