import { type Address, formatAddress } from "../../src/address.js";
import type { Capabilities, Usage } from "../../src/backend.js";
import type { Connection } from "../../src/connection.js";
import type { Attributes } from "../../src/format/metadata.js";
import { attributeFields } from "./describe-dataset.js";
import { walk } from "./hierarchy-walk.js";
import type { Shell } from "./shell.js";
import { bytesText, countText } from "./sizes.js";

/** Prints what is known of a store, or of a group in it. */
export async function describeStore(shell: Shell, connection: Connection, address: Address): Promise<void> {
	const path = address.dataset ?? "";
	const { attributes } = await connection.group(path);
	const counts = connection.supports.list ? await count(connection, path, shell.signal) : undefined;
	const group = { path, attributes, counts };
	if (path !== "") {
		const { location } = connection.backend;
		if (shell.json) return shell.printJson({ location, kind: "group", name: path, ...counts, attributes });
		return shell.printFields(`${location} ${JSON.stringify(path)}`, groupFields(group));
	}
	// What mode "r" takes away is asked of a connection that could write.
	const { supports } = await shell.open(address.target, "r+");
	const store = { ...group, supports, usage: await connection.usage() };
	if (shell.json) await shell.printJson(storeJson(connection, store));
	else await shell.printFields(connection.backend.location, storeFields(store, address));
}

interface Counts {
	readonly datasets: number;
	readonly groups: number;
	readonly damaged: number;
}

async function count({ backend }: Connection, path: string, signal: AbortSignal): Promise<Counts> {
	const counts = { dataset: 0, group: 0, damaged: 0 };
	for await (const { kind } of walk(backend, path, { recursive: true, signal })) counts[kind]++;
	return { datasets: counts.dataset, groups: counts.group, damaged: counts.damaged };
}

interface GroupFacts {
	readonly attributes: Attributes;
	/** Undefined where the store cannot list. */
	readonly counts: Counts | undefined;
}

interface StoreFacts extends GroupFacts {
	readonly supports: Capabilities;
	readonly usage: Usage;
}

function groupFields({ counts, attributes }: GroupFacts): [string, string][] {
	return [
		["datasets", counts ? countText(counts.datasets) : "?"],
		["groups", counts ? countText(counts.groups) : "?"],
		...(counts && counts.damaged > 0 ? [["damaged", countText(counts.damaged)] as [string, string]] : []),
		...attributeFields(attributes),
	];
}

/** Less is not worth rewriting a file for. */
const WORTH_A_HINT = 2 ** 20;

function storeFields(facts: StoreFacts, { target }: Address): [string, string][] {
	const { bytes, reclaimable = 0 } = facts.usage;
	const hint = reclaimable >= WORTH_A_HINT ? `: tesserae info --vacuum ${formatAddress({ target })}` : "";
	const unused = reclaimable > 0 ? `, ${bytesText(reclaimable)} of it unused${hint}` : "";
	const abilities = Object.entries(facts.supports);
	const named = (wanted: boolean | undefined): string =>
		abilities.flatMap(([name, able]) => (able === wanted ? [name] : [])).join(", ");
	const rows: [string, string][] = [
		["size", bytes === undefined ? "" : bytesText(bytes) + unused],
		...groupFields(facts),
		["supports", named(true)],
		["lacks", named(false)],
		["not known", named(undefined)],
	];
	return rows.filter(([, text]) => text !== "");
}

function storeJson({ backend }: Connection, { attributes, counts, supports, usage }: StoreFacts): object {
	const measured = Object.fromEntries(Object.entries(supports).map(([name, able]) => [name, able ?? null]));
	return {
		location: backend.location,
		kind: "store",
		backend: backend.name,
		bytes: usage.bytes ?? null,
		reclaimableBytes: usage.reclaimable ?? null,
		...(counts ?? { datasets: null, groups: null, damaged: null }),
		supports: measured,
		attributes,
	};
}
