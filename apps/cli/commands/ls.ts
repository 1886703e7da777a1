import type { Command } from "commander";
import { StoreError } from "../../../src/errors.js";
import { describeGrid, largestChunk } from "../../../src/selection/grid.js";
import { examples, type Start } from "../command.js";
import { type Found, walk } from "../hierarchy-walk.js";
import { readWholeAddress } from "../open-dataset.js";
import type { Shell } from "../shell.js";
import { bytesText, lengthsText } from "../sizes.js";
import { countStored, type Stored } from "../stored-chunks.js";
import { visible } from "../visible.js";

interface Options {
	readonly recursive?: boolean;
	readonly long?: boolean;
}

type Entry = Found & { readonly stored?: Stored | undefined };

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "TARGET, or TARGET#GROUP")
		.option("-r, --recursive", "also what is in groups below")
		.option(
			"-l, --long",
			"with data type, shape, chunk shape, and the bytes stored, which takes a listing of each dataset",
		)
		.addHelpText(
			"after",
			examples("tesserae ls scan.sqlite", "tesserae ls -lr scan.zarr#monday", "tesserae ls -r scan.zarr --json"),
		)
		.action((address: string, options: Options) => start((shell) => list(shell, address, options)));
}

async function list(shell: Shell, text: string, options: Options): Promise<void> {
	const { target, dataset = "" } = readWholeAddress(text);
	const { backend } = await shell.open(target, "r");
	const { signal } = shell;
	const { recursive = false } = options;
	let damaged: StoreError | undefined;
	async function* entries(): AsyncGenerator<Entry> {
		for await (const found of walk(backend, dataset, { recursive, signal })) {
			if (found.kind === "damaged") damaged ??= found.error;
			const isMeasured = options.long && found.kind === "dataset";
			yield isMeasured ? { ...found, stored: await countStored(backend, found, signal) } : found;
		}
	}
	if (shell.json) await shell.printJsonList(entries(), describe);
	else if (options.long) await shell.printTable({ headings: HEADINGS, rows: rowsOf(entries()) });
	else for await (const entry of entries()) await shell.print(shownName(entry));
	if (damaged !== undefined) throw new StoreError(damaged.code, damaged.message, { cause: damaged });
}

/** A group ends in `/`; the store itself, where it is one array, is `.` */
function shownName({ name, kind }: Entry): string {
	return visible(name === "" ? "." : kind === "group" ? `${name}/` : name);
}

const HEADINGS = ["name", "dtype", "shape", "chunks", ">stored"] as const;

async function* rowsOf(entries: AsyncIterable<Entry>): AsyncGenerator<readonly string[]> {
	for await (const entry of entries) {
		const name = shownName(entry);
		if (entry.kind === "group") yield [name, "group", "", "", ""];
		else if (entry.kind === "damaged") yield [name, "damaged", "", "", ""];
		else {
			const { dtype, shape, grid } = entry.array;
			const stored = entry.stored === undefined ? "?" : bytesText(entry.stored.bytes);
			yield [name, dtype.name, lengthsText(shape), describeGrid(grid), stored];
		}
	}
}

function describe(entry: Entry): object {
	const { name, kind } = entry;
	if (entry.kind === "group") return { name, kind };
	if (entry.kind === "damaged") return { name, kind, code: entry.error.code, message: entry.error.message };
	const { dtype, shape, grid } = entry.array;
	const stored = entry.stored && { storedChunks: entry.stored.chunks, storedBytes: entry.stored.bytes };
	return { name, kind, dtype: dtype.name, shape, chunkShape: largestChunk(grid, shape), ...stored };
}
