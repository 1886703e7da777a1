/** Verifying a group, or a whole store: its datasets, and what holds them together. */
import type { Backend } from "../../backend.js";
import { isStoreError, type StoreError } from "../../errors.js";
import type { Session } from "../../session.js";
import { refuseUnknown } from "../../unknown-options.js";
import { fromRoot } from "../../world.js";
import { members } from "../hierarchy/members.js";
import { readDocument } from "../hierarchy/node-documents.js";
import { hierarchyFaults } from "./hierarchy-faults.js";
import { survey } from "./survey.js";
import {
	checkVerifyOptions,
	type Finding,
	type Repair,
	type Settled,
	settleFaults,
	VERIFY,
	type Verification,
	type VerifyOptions,
} from "./verification.js";

/** What was found of a dataset that cannot be opened. */
export interface UnreadableDataset {
	readonly dataset: string;
	readonly ok: false;
	readonly findings: readonly Finding[];
	readonly repairs: readonly Repair[];
}

/** What `verify` found in a store. */
export interface StoreVerification {
	/** Nothing is wrong, or nothing is any more. */
	readonly ok: boolean;
	/** By name. */
	readonly datasets: readonly (Verification | UnreadableDataset)[];
	/** What is wrong beside the datasets, and what was done about it. */
	readonly findings: readonly Finding[];
	readonly repairs: readonly Repair[];
}

/** What opens datasets. */
export interface DatasetSource {
	getDataset(name: string): Promise<{ verify(options: VerifyOptions): Promise<Verification> }>;
}

export async function verifyWhole(
	owner: Session & DatasetSource,
	path: string,
	options: VerifyOptions,
): Promise<StoreVerification> {
	const { names, ...rest } = await verifyHierarchy(owner, path, options);
	const datasets: (Verification | UnreadableDataset)[] = [];
	for (const name of names) datasets.push(await verifyDataset(owner, name, options));
	return { ...rest, ok: rest.ok && datasets.every(({ ok }) => ok), datasets };
}

/** What is left of verifying a store beside its datasets, whose names it gives. */
export async function verifyHierarchy(
	session: Session,
	path: string,
	options: VerifyOptions,
): Promise<Settled & { readonly names: readonly string[] }> {
	refuseUnknown(options, VERIFY, "verify");
	checkVerifyOptions(options);
	const work = async (o: VerifyOptions): Promise<Settled & { readonly names: readonly string[] }> => {
		const { backend, metadataConcurrency: concurrency } = session;
		if (!backend.supports.list)
			return { ok: true, findings: [], repairs: [], names: await namesUnlisted(session, path, o) };
		const surveyed = await survey(backend, path, { concurrency, signal: o.signal });
		const { faults, restored } = await hierarchyFaults(session, surveyed, o.signal);
		const settled = await settleFaults([...faults, ...(await leftoverFaults(backend, path, o))], o);
		const isBack = ([key]: readonly [string, string]): boolean =>
			settled.repairs.some((repair) => repair.key === key && repair.outcome === "done");
		const back = [...restored].filter(isBack).map(([, name]) => name);
		const names = [...surveyed.nodes].flatMap(([name, { kind }]) => (kind === "group" ? [] : [name]));
		return { ...settled, names: [...names, ...back].sort() };
	};
	const atRoot = (o: VerifyOptions): ReturnType<typeof work> => fromRoot(o.signal, () => work(o));
	return session.together(`verify ${JSON.stringify(path)}`, options, (o) =>
		options.repair && !options.dryRun ? session.change(o, atRoot) : atRoot(o),
	);
}

/** The datasets of a store that cannot list, as consolidated metadata names them. */
async function namesUnlisted(
	{ backend, metadataConcurrency: concurrency }: Session,
	path: string,
	{ signal }: VerifyOptions,
): Promise<string[]> {
	if ((await readDocument(backend, path, { signal }))?.nodeType !== "group") return [path];
	const names: string[] = [];
	for await (const { name, kind } of members(backend, path, { recursive: true, concurrency, signal }))
		if (kind === "dataset") names.push(name);
	return names.sort();
}

/** What killed writers left beside the objects, where the store can tell. */
async function leftoverFaults(backend: Backend, path: string, { signal }: VerifyOptions): Promise<FaultList> {
	const { leftovers = [] } = path === "" ? await backend.usage({ signal, thorough: true }) : {};
	let compacted: Promise<void> | undefined;
	const run = async (): Promise<boolean> => {
		compacted ??= backend.compact({ signal });
		await compacted;
		return true;
	};
	return leftovers.map(({ name, bytes }) => ({
		finding: { kind: "orphaned", key: name, bytes, message: "a writer that was killed has left it" },
		fix: { action: "delete", key: name, message: "it is no object", run },
	}));
}

type FaultList = Parameters<typeof settleFaults>[0];

export async function verifyDataset(
	owner: DatasetSource,
	name: string,
	options: VerifyOptions,
): Promise<Verification | UnreadableDataset> {
	const dataset = await owner.getDataset(name).catch((error) => {
		if (isStoreError(error, "CORRUPT") || isStoreError(error, "UNSUPPORTED")) return error;
		throw error;
	});
	return isStoreError(dataset) ? unreadable(name, dataset, options) : dataset.verify(options);
}

function unreadable(
	name: string,
	{ message, key = name }: StoreError,
	{ repair, dryRun }: VerifyOptions,
): UnreadableDataset {
	const why = "what it said is known nowhere else: put it back by hand";
	const repairs: Repair[] = repair || dryRun ? [{ action: "keep", key, outcome: "kept", message: why }] : [];
	return { dataset: name, ok: false, findings: [{ kind: "unreadable", key, message }], repairs };
}
