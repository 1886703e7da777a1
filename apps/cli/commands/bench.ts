import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { CreateOptions } from "../../../src/dataset.js";
import type { NumericName } from "../../../src/format/data-types.js";
import { openEngine } from "../../../src/targets.js";
import { examples, type Start } from "../command.js";
import { BOXES, type Measured, measureStore, TASKS, type Workload } from "../measure-store.js";
import { readWholeAddress } from "../open-dataset.js";
import { bytes, codecs, lengths, wholeNumber } from "../option-values.js";
import type { Shell } from "../shell.js";
import { bytesText } from "../sizes.js";
import { UsageError } from "../usage-error.js";

interface Options {
	readonly size: number;
	readonly dtype: NumericName;
	readonly chunks?: readonly number[];
	readonly codecs?: CreateOptions["codecs"];
	readonly rounds: number;
}

/** Where none is asked for: those that need nothing else. */
const ENGINES = ["sequential", "threads", "cluster"];
/** They cannot work on the memory of one process. */
const OF_MANY_PROCESSES = ["ranks", "distributed"];

export function define(command: Command, start: Start): void {
	command
		.argument("[target]", "the store to measure, which must exist; default: memory, and a temporary file and directory")
		.addOption(new Option("--size <bytes>", "size of the dataset").argParser(bytes).default(64 * 2 ** 20, "64MiB"))
		.option("--dtype <name>", "its data type", "float32")
		.option("--chunks <lengths>", "its chunk shape, of three axes or one length for all", lengths)
		.option("--codecs <list>", "its codecs: names, such as zstd,crc32c, or JSON as in zarr.json", codecs)
		.option("--rounds <n>", "how often all is measured; the median counts", wholeNumber, 3)
		.addHelpText(
			"after",
			`
Writes a dataset of a name of its own, reads it, reads and writes ${BOXES} boxes of
an eighth of each axis one after another, sums it, copies it to other chunks, and
removes it. What was written is read from wherever the system keeps it, which is
mostly memory. With --engine one engine is measured, else all that need nothing
else: ${ENGINES.join(", ")}. Of cluster and distributed only the sum and
the copy are done by workers; the queue of distributed is that of TESSERAE_REDIS.
${examples("tesserae bench", "tesserae bench scan.zarr --engine cluster --workers 4", "tesserae bench scan.sqlite --chunks 64 --size 256MiB", "tesserae bench scan.zarr -O durability=none --json")}`,
		)
		.action((target: string | undefined, options: Options) => start((shell) => bench(shell, target, options)));
}

interface Row extends Measured {
	readonly backend: string;
	readonly location: string;
	readonly engine: string;
}

async function bench(shell: Shell, text: string | undefined, options: Options): Promise<void> {
	const { size, dtype, rounds } = options;
	const chunkShape = options.chunks?.length === 1 ? new Array(3).fill(options.chunks[0]) : options.chunks;
	const work = { size, dtype, rounds, chunkShape, codecs: options.codecs };
	const rows = text === undefined ? await measureUsual(shell, work) : await measureAll(shell, [targetOf(text)], work);
	if (shell.json) await shell.printJson(asJson(rows, options));
	else await print(shell, rows, options);
}

function targetOf(text: string): string {
	const { target, dataset } = readWholeAddress(text);
	if (dataset === undefined) return target;
	throw new UsageError(`bench makes a dataset of its own: write ${target}`);
}

async function measureUsual(shell: Shell, work: Workload): Promise<Row[]> {
	const directory = await mkdtemp(join(tmpdir(), "tesserae-bench-"));
	try {
		const [database, folder] = [join(directory, "bench.sqlite"), join(directory, "bench.zarr")];
		const memory = OF_MANY_PROCESSES.includes(shell.options.engine ?? "") ? [] : ["ram:"];
		return await measureAll(shell, [...memory, `sqlite:${database}`, `file:${folder}`], work, "a");
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}

async function measureAll(
	shell: Shell,
	targets: readonly string[],
	work: Workload,
	mode: "r+" | "a" = "r+",
): Promise<Row[]> {
	const engines = shell.options.engine === undefined ? ENGINES : [shell.options.engine];
	const total = targets.length * engines.length * work.rounds * TASKS.length;
	return shell.progress("measuring", async ({ onProgress }) => {
		const rows: Row[] = [];
		let done = 0;
		const tick = (): void => onProgress?.({ done: ++done, total, bytes: 0 });
		for (const target of targets)
			for (const engine of engines) {
				const connection = await shell.open(target, mode);
				if (shell.options.engine === undefined)
					await connection.use({ engine: await openEngine(engine, { workers: shell.options.workers }) });
				const measured = await measureStore(connection, work, { signal: shell.signal, tick });
				const { name: backend, location } = connection.backend;
				rows.push(...measured.map((row) => ({ backend, location, engine, ...row })));
				await connection.close();
			}
		return rows;
	});
}

function asJson(rows: readonly Row[], { size, dtype, chunks, codecs, rounds }: Options): unknown {
	const measured = rows.map((row) => ({ ...row, medianSeconds: medianOf(row), bytesPerSecond: rateOf(row) }));
	return { size, dtype, chunkShape: chunks, codecs, rounds, measured };
}

async function print(shell: Shell, rows: readonly Row[], { size, dtype, rounds }: Options): Promise<void> {
	const headings = ["backend", "engine", "task", ">median", ">rate"];
	const cells = rows.map((row) => [
		row.backend,
		row.engine,
		row.task,
		`${(medianOf(row) * 1000).toFixed(1)} ms`,
		`${(rateOf(row) / 1e6).toPrecision(3)} MB/s`,
	]);
	if (shell.out.columns !== undefined)
		await shell.print(`${bytesText(size)} of ${dtype}, median of ${rounds}; parts are ${BOXES} boxes\n`);
	await shell.printTable({ headings, rows: cells });
}

function rateOf(row: Row): number {
	return row.bytes / medianOf(row);
}

/** The middle one; of an even number, the mean of the middle two. */
function medianOf({ seconds }: Row): number {
	const sorted = seconds.toSorted((a, b) => a - b);
	const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
	return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
