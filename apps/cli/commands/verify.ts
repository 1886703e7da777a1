import type { Command } from "commander";
import type { Connection } from "../../../src/connection.js";
import { Dataset } from "../../../src/dataset.js";
import type { CallOptions } from "../../../src/engine.js";
import { isStoreError, StoreError } from "../../../src/errors.js";
import type { Finding, Verification } from "../../../src/operations/verify.js";
import { examples, type Start } from "../command.js";
import { type Found, walk } from "../hierarchy-walk.js";
import { readWholeAddress } from "../open-dataset.js";
import type { Shell } from "../shell.js";
import { unfinishedFrom } from "../unfinished.js";
import { inValues } from "../value-progress.js";

/** What is wrong with a dataset as a whole. */
interface WholeFinding {
	readonly kind: "unfinished" | "unreadable";
	readonly key?: string | undefined;
	readonly message: string;
}

interface Checked {
	readonly name: string;
	/** Undefined where the dataset cannot be opened. */
	readonly report: Verification | undefined;
	readonly findings: readonly (Finding | WholeFinding)[];
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "TARGET for everything in it, or TARGET#DATASET, or TARGET#GROUP")
		.addHelpText(
			"after",
			`
Reads every stored chunk. Reported are corrupt and truncated chunks, objects
that belong to no chunk, metadata that cannot be read, and unfinished copies;
the exit status is then 1. A chunk that is not stored reads as fill value and
is no fault. Without a checksum among the codecs only lengths, and what a
decompressor notices, can be checked.
${examples("tesserae verify scan.sqlite", "tesserae verify --engine threads --json scan.zarr#monday")}`,
		)
		.action((address: string) => start((shell) => verify(shell, address)));
}

async function verify(shell: Shell, text: string): Promise<void> {
	const { target, dataset = "" } = readWholeAddress(text);
	const connection = await shell.open(target, "r");
	const checked: Checked[] = [];
	for await (const found of walk(connection.backend, dataset, { recursive: true, signal: shell.signal }))
		if (found.kind !== "group")
			checked.push(await shell.progress(`verifying ${found.name}`, (o) => check(connection, found, o)));
	const wrong = checked.filter(({ findings }) => findings.length > 0);
	if (shell.json) await shell.printJson({ ok: wrong.length === 0, datasets: checked.map(asJson) });
	else await print(shell, checked);
	if (wrong.length === 0) return;
	const count = wrong.reduce((sum, { findings }) => sum + findings.length, 0);
	const place = `${wrong.length} of ${checked.length} datasets of ${connection.backend.location}`;
	throw new StoreError("CORRUPT", `found ${count} ${count === 1 ? "fault" : "faults"} in ${place}`);
}

async function check(
	connection: Connection,
	found: Exclude<Found, { readonly kind: "group" }>,
	options: CallOptions,
): Promise<Checked> {
	const { name } = found;
	const dataset = found.kind === "damaged" ? found.error : await open(connection, name);
	if (!(dataset instanceof Dataset)) {
		const { key, message } = dataset;
		return { name, report: undefined, findings: [{ kind: "unreadable", key, message }] };
	}
	const report = await dataset.verify(inValues(options, dataset.nbytes));
	const from = unfinishedFrom(dataset.attributes);
	if (from === undefined) return { name, report, findings: report.findings };
	const unfinished: WholeFinding = { kind: "unfinished", message: `it is being filled from ${from}, or was` };
	return { name, report, findings: [unfinished, ...report.findings] };
}

/** The dataset, or what of its metadata cannot be read. */
async function open(connection: Connection, name: string): Promise<Dataset | StoreError> {
	try {
		return await connection.getDataset(name);
	} catch (error) {
		if (isStoreError(error, "CORRUPT") || isStoreError(error, "UNSUPPORTED")) return error;
		throw error;
	}
}

function asJson({ name, report, findings }: Checked): unknown {
	return { ...report, dataset: name, ok: findings.length === 0, findings };
}

async function print(shell: Shell, checked: readonly Checked[]): Promise<void> {
	const rows = checked.map(({ name, report, findings }) => [
		name === "" ? "/" : name,
		...(report === undefined ? ["–", "–", "–"] : [report.stored, report.missing, report.bytes].map(String)),
		report === undefined ? "–" : report.checksums ? "yes" : "lengths only",
		findings.length === 0 ? "ok" : String(findings.length),
	]);
	const headings = ["dataset", ">stored", ">missing", ">bytes", "checksums", ">faults"];
	await shell.printTable({ headings, rows });
	const faults = checked.flatMap(({ name, findings }) =>
		findings.map((finding) => [finding.kind, finding.key ?? name, finding.message]),
	);
	if (faults.length === 0) return;
	if (shell.out.columns !== undefined) await shell.print("");
	await shell.printTable({ headings: ["fault", "key", "what is wrong"], rows: faults });
}
