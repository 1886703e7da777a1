/** Copies a group, or a whole store, into another: datasets, groups, attributes. What is there beside them stays. */
import { type Address, formatAddress } from "../../src/address.js";
import type { Connection } from "../../src/connection.js";
import type { Dataset } from "../../src/dataset.js";
import { StoreError } from "../../src/errors.js";
import type { Group } from "../../src/group.js";
import { readNode } from "../../src/operations/hierarchy/hierarchy.js";
import { unfinishedFrom, unfinishedMark } from "../../src/operations/unfinished.js";
import type { CopyOptions } from "./copy-options.js";
import { sourceOf } from "./copy-source.js";
import { copyInto } from "./copy-to-dataset.js";
import { type Found, walk } from "./hierarchy-walk.js";
import type { Shell } from "./shell.js";
import { fillMarked } from "./unfinished.js";

/** Where nodes come from or go to: a group of a store. */
export interface Tree {
	readonly connection: Connection;
	/** Name of the group. */
	readonly path: string;
}

interface Copy {
	readonly from: Tree;
	readonly to: Tree;
	/** The source, in full. */
	readonly place: string;
	readonly options: CopyOptions;
}

const ADVICE = "the same command with --resume goes on";

/** @returns the datasets that were copied, or were there already from the run that is resumed */
export async function copyTree(shell: Shell, from: Tree, to: Address, options: CopyOptions): Promise<Dataset[]> {
	const source = await from.connection.group(from.path);
	const target = { connection: await shell.open(to.target, "a"), path: to.dataset ?? "" };
	refuseOverlap(from, target);
	const place = formatAddress({ target: from.connection.backend.location, dataset: from.path });
	const copy: Copy = { from, to: target, place, options };
	const nodes: Node[] = [];
	for await (const node of walk(from.connection.backend, from.path, { recursive: true, signal: shell.signal }))
		nodes.push(readable(node));
	const group = await openTarget(copy, source, nodes);
	const copied: Dataset[] = [];
	await fillMarked(group, ADVICE, async () => {
		for (const node of nodes) {
			if (node.kind === "group") await copyGroup(copy, node.name);
			else copied.push(await copyDataset(shell, copy, node.name));
		}
	});
	return copied;
}

interface Node {
	readonly name: string;
	readonly kind: "dataset" | "group";
}

/** @throws what is wrong with its metadata */
function readable(found: Found): Node {
	if (found.kind === "damaged") throw found.error;
	return { name: found.name, kind: found.kind };
}

function refuseOverlap(from: Tree, to: Tree): void {
	const isSameStore = from.connection.backend.location === to.connection.backend.location;
	if (!isSameStore || !(from.path === "" || to.path === from.path || to.path.startsWith(`${from.path}/`))) return;
	throw new StoreError("INVALID_ARGUMENT", `${JSON.stringify(from.path)} cannot be copied into itself`);
}

/** Path of a copied node in the target. */
function targetPath({ from, to }: Copy, name: string): string {
	const relative = from.path === "" ? name : name.slice(from.path.length + 1);
	return to.path === "" ? relative : `${to.path}/${relative}`;
}

/** The group to fill, marked. What is to be replaced is removed before, so that whatever an unfinished copy holds belongs to it. */
async function openTarget(copy: Copy, source: Group, nodes: readonly Node[]): Promise<Group> {
	const { to, place, options } = copy;
	const existing = (await to.connection.hasGroup(to.path)) ? await to.connection.group(to.path) : undefined;
	const isBegun = existing !== undefined && unfinishedFrom(existing.attributes) === place;
	const where = formatAddress({ target: to.connection.backend.location, dataset: to.path });
	if (options.resume && isBegun) return existing;
	if (options.resume && existing !== undefined)
		throw new StoreError("ALREADY_EXISTS", `${where} is no unfinished copy of ${place}: nothing to resume`);
	if (isBegun && options.ifExists !== "replace")
		throw new StoreError(
			"ALREADY_EXISTS",
			`${where} is an unfinished copy of ${place}: --resume, or --if-exists replace`,
		);
	await clearWay(copy, nodes);
	const attributes = { ...source.attributes, ...unfinishedMark(place) };
	return putGroup(to, { attributes, format: options.format ?? source.format });
}

/** @throws StoreError ALREADY_EXISTS where something is in the way, before anything was removed */
async function clearWay(copy: Copy, nodes: readonly Node[]): Promise<void> {
	const { from, to, options } = copy;
	const { backend } = to.connection;
	const replaced: string[] = [];
	for (const { name, kind } of [{ name: from.path, kind: "group" }, ...nodes]) {
		const path = name === from.path ? to.path : targetPath(copy, name);
		const node = (await readNode(backend, path))?.node;
		const found = node?.nodeType === "array" ? "dataset" : node?.nodeType;
		if (found === undefined || (found === "group" && kind === "group")) continue;
		if (found === kind && options.ifExists === "replace") replaced.push(path);
		else throw inTheWay(formatAddress({ target: backend.location, dataset: path }), found, kind);
	}
	for (const name of replaced) await to.connection.deleteDataset(name);
}

function inTheWay(place: string, found: string, wanted: string): StoreError {
	const advice = found === wanted ? "--if-exists replace" : `it is a ${found}, not a ${wanted}: another destination`;
	return new StoreError("ALREADY_EXISTS", `${place} is there already: ${advice}`);
}

/** Makes a group, or gives one that is there the attributes as well. */
async function putGroup({ connection, path }: Tree, wanted: Pick<Group, "attributes" | "format">): Promise<Group> {
	if (!(await connection.hasGroup(path))) return connection.createGroup(path, wanted);
	const group = await connection.group(path);
	await group.setAttributes(wanted.attributes);
	return group;
}

async function copyGroup(copy: Copy, name: string): Promise<void> {
	const { attributes, format } = await copy.from.connection.group(name);
	const wanted = { attributes, format: copy.options.format ?? format };
	await putGroup({ connection: copy.to.connection, path: targetPath(copy, name) }, wanted);
}

async function copyDataset(shell: Shell, copy: Copy, name: string): Promise<Dataset> {
	const { from, to, options } = copy;
	const path = targetPath(copy, name);
	if (options.resume && (await to.connection.hasDataset(path))) {
		const found = await to.connection.getDataset(path);
		if (unfinishedFrom(found.attributes) === undefined) return found;
	}
	const source = await sourceOf(await from.connection.getDataset(name));
	// What was to be replaced is gone.
	return copyInto(shell, source, { connection: to.connection, name: path }, { ...options, ifExists: "error" });
}
