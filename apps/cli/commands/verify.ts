import type { Command } from "commander";
import type { Connection } from "../../../src/connection.js";
import { StoreError } from "../../../src/errors.js";
import type { Finding, Repair, Settled, VerifyOptions } from "../../../src/operations/verify/verification.js";
import {
	type DatasetSource,
	type StoreVerification,
	verifyDataset,
	verifyHierarchy,
} from "../../../src/operations/verify/verify-store.js";
import { examples, type Start } from "../command.js";
import { readWholeAddress } from "../open-dataset.js";
import type { Shell } from "../shell.js";
import { countText } from "../sizes.js";
import { UsageError } from "../usage-error.js";
import { inValues } from "../value-progress.js";

interface Options {
	readonly complete?: boolean;
	readonly dryRun?: boolean;
	readonly repair?: boolean;
	readonly dropCorrupt?: boolean;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "TARGET for everything in it, or TARGET#DATASET, or TARGET#GROUP")
		.option("--complete", "chunks that are not stored are faults as well")
		.option("--dry-run", "print what --repair would do, and do nothing")
		.option("--repair", "put right what can be without losing values")
		.option("--drop-corrupt", "a repair gives up damaged chunks: their values are lost, and read as fill value")
		.addHelpText(
			"after",
			`
Reads every stored chunk. Reported are corrupt and truncated chunks (of shards
the inner ones, by their coordinates), objects that belong to no chunk, metadata
that is gone or cannot be read, consolidated metadata that is out of date, and
unfinished copies; the exit status is 1 if any of it is left. A chunk that is
not stored reads as fill value and is no fault, unless --complete says so.
Without a checksum among the codecs only lengths, and what a decompressor
notices, can be checked.

A repair deletes what belongs to nothing and writes metadata again where another
copy tells it, each object only if nobody wrote to it meanwhile.
${examples(
	"tesserae verify scan.sqlite",
	"tesserae verify --engine threads --json scan.zarr#monday",
	"tesserae verify scan.zarr --dry-run --drop-corrupt",
)}`,
		)
		.action((address: string, options: Options) => start((shell) => verify(shell, address, options)));
}

async function verify(shell: Shell, text: string, options: Options): Promise<void> {
	const { target, dataset = "" } = readWholeAddress(text);
	if (options.dropCorrupt && !options.repair && !options.dryRun)
		throw new UsageError("--drop-corrupt is a part of repairs: add --dry-run to see what it does, or --repair");
	const connection = await shell.open(target, options.repair && !options.dryRun ? "r+" : "r");
	const report = await verifyAll(shell, connection, dataset, options);
	if (shell.json) await shell.printJson(asJson(report));
	else await print(shell, report);
	const wrong = report.datasets.filter(({ ok }) => !ok);
	const left = [report, ...wrong].flatMap(({ findings }) => findings.filter(({ repaired }) => !repaired));
	if (left.length === 0) return;
	const others = report.ok || wrong.length > 0 ? "" : " beside its datasets";
	const place = `${wrong.length} of ${report.datasets.length} datasets of ${connection.backend.location}`;
	const where = wrong.length === 0 ? `${connection.backend.location}${others}` : place;
	throw new StoreError(
		"CORRUPT",
		`${options.repair ? "left" : "found"} ${countText(left.length, "fault")} in ${where}`,
	);
}

/** As `Connection.verify` does, with the progress of each dataset. */
async function verifyAll(
	shell: Shell,
	connection: Connection,
	path: string,
	options: VerifyOptions,
): Promise<StoreVerification> {
	const { names, ...rest } = await verifyHierarchy(connection, path, { ...options, signal: shell.signal });
	const datasets: StoreVerification["datasets"][number][] = [];
	const opened: DatasetSource = {
		async getDataset(name) {
			const dataset = await connection.getDataset(name);
			return { verify: (o) => dataset.verify({ ...o, ...inValues(o, dataset.nbytes) }) };
		},
	};
	for (const name of names)
		datasets.push(await shell.progress(`verifying ${name}`, (o) => verifyDataset(opened, name, { ...options, ...o })));
	return { ...rest, ok: rest.ok && datasets.every(({ ok }) => ok), datasets };
}

function asJson({ ok, datasets, findings, repairs }: StoreVerification): unknown {
	return { ok, datasets, findings, repairs };
}

async function print(shell: Shell, report: StoreVerification): Promise<void> {
	const rows = report.datasets.map((found) => [
		found.dataset === "" ? "/" : found.dataset,
		...("chunks" in found ? [found.stored, found.missing, found.bytes].map(String) : ["–", "–", "–"]),
		"chunks" in found ? (found.checksums ? "yes" : "lengths only") : "–",
		found.findings.length === 0 ? "ok" : String(found.findings.length),
	]);
	const headings = ["dataset", ">stored", ">missing", ">bytes", "checksums", ">faults"];
	await shell.printTable({ headings, rows });
	const all: readonly Omit<Settled, "ok">[] = [...report.datasets, report];
	await printMore(
		shell,
		["fault", "key", "what is wrong"],
		all.flatMap(({ findings }) => findings.map(faultRow)),
	);
	await printMore(
		shell,
		["repair", "key", "how"],
		all.flatMap(({ repairs }) => repairs.map(repairRow)),
	);
}

async function printMore(shell: Shell, headings: readonly string[], rows: readonly string[][]): Promise<void> {
	if (rows.length === 0) return;
	if (shell.out.columns !== undefined) await shell.print("");
	await shell.printTable({ headings, rows });
}

function faultRow({ kind, key, inner, message }: Finding): string[] {
	return [kind, inner === undefined ? key : `${key}[${inner.join(", ")}]`, message];
}

const OUTCOMES = { planned: "would", done: "", changed: "not done, changed meanwhile:", kept: "" } as const;

function repairRow({ action, key, message, outcome }: Repair): string[] {
	return [`${OUTCOMES[outcome]} ${action}`.trim(), key, message];
}
