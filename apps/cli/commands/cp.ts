import { type Command, Option } from "commander";
import prettyBytes from "pretty-bytes";
import type { Address } from "../../../src/address.js";
import type { Dataset } from "../../../src/dataset.js";
import { examples, type Start } from "../command.js";
import type { CopyOptions } from "../copy-options.js";
import { isFileDestination, openSource } from "../copy-source.js";
import { copyToDataset } from "../copy-to-dataset.js";
import { copyToFile } from "../copy-to-file.js";
import { copyTree } from "../copy-tree.js";
import { readAddress, readWholeAddress } from "../open-dataset.js";
import { chunkKeys, chunkLengths, codecs, jsonOrText, shards, twoNumbers, zarrFormat } from "../option-values.js";
import type { Shell } from "../shell.js";
import { UsageError } from "../usage-error.js";
import { visible } from "../visible.js";

const SOURCE = "TARGET#DATASET[SELECTION], or .npy, .npz#NAME, .h5#/PATH, .nii, .nii.gz";
const DESTINATION = "TARGET#DATASET, or .npy, .npz#NAME, .h5#/PATH, .png, .csv";

export function define(command: Command, start: Start): void {
	command
		.argument("<source>", SOURCE)
		.argument("<destination>", DESTINATION)
		.option("-r, --recursive", "copy a group, or a whole store, with all that is in it")
		.addOption(
			new Option("--if-exists <do>", "where the destination exists: error or replace")
				.choices(["error", "replace"])
				.conflicts("resume"),
		)
		.option("--resume", "go on with a copy that was interrupted")
		.option("--dtype <name>", "data type of the destination")
		.addOption(
			new Option("--casting <rule>", "same_kind, or unsafe: truncate and wrap").choices(["same_kind", "unsafe"]),
		)
		.option(
			"--chunks <lengths>",
			"chunk shape, such as 64,64,64; one length is for all axes; 16+10,24+3x7 for different ones",
			chunkLengths,
		)
		.option("--shards <lengths>", "shard shape, auto, or none", shards)
		.option("--codecs <list>", "names, such as zstd,crc32c, or JSON as in zarr.json", codecs)
		.option("--format <2|3>", "version of Zarr in which the destination is stored", zarrFormat)
		.option("--chunk-keys <scheme>", "keys of chunks: default or v2, with / or . behind it", chunkKeys)
		.option("--fill <value>", "what the destination reads where nothing was written", jsonOrText)
		.option("--scaled", "NIfTI: values by the header's slope and intercept, as float64")
		.addOption(
			new Option("--colormap <name>", "PNG: gray, viridis, magma or inferno").choices([
				"gray",
				"viridis",
				"magma",
				"inferno",
			]),
		)
		.option("--percentiles <low,high>", "PNG: the values that get the first and last colour; default 1,99", twoNumbers)
		.option("--header", "CSV: numbers of the columns as first line")
		.option("--compress", "npz and HDF5: compress")
		.addHelpText(
			"after",
			`
A copy of a dataset is stored as its source is, except for what options say. Where
both keep chunks as the same bytes (also of formats 2 and 3), chunks are copied as
they are, without decoding. Format 2 has no shards: their chunks become objects.
${examples(
	"tesserae cp scan.nii.gz scan.sqlite#volume --chunks 64",
	'tesserae cp "scan.sqlite#volume[:, :, 90]" slice.png --colormap viridis',
	"tesserae cp -r scan.sqlite scan.zarr --codecs bytes,gzip",
	"tesserae cp -r scan.zarr old.zarr --format 2",
)}`,
		)
		.action((source: string, destination: string, options: CopyOptions) =>
			start((shell) => copy(shell, readAddress(source), readWholeAddress(destination), options)),
		);
}

async function copy(shell: Shell, from: Address, to: Address, options: CopyOptions): Promise<void> {
	const began = performance.now();
	const isFile = await isFileDestination(to);
	checkOptions(to, isFile, options);
	if (options.recursive) {
		const tree = await openTree(shell, from);
		if (tree !== undefined) return reportDatasets(shell, await copyTree(shell, tree, to, options), began);
	}
	const source = await openSource(shell, from, options);
	if (!isFile) return reportDatasets(shell, [await copyToDataset(shell, source, to, options)], began);
	await copyToFile(shell, source, to, options);
	if (shell.json) await shell.printJson({ file: to.target, seconds: secondsSince(began) });
}

/** What can be refused before anything is opened. @throws UsageError */
function checkOptions({ target, dataset }: Address, isFile: boolean, options: CopyOptions): void {
	const unused = isFile ? NOT_FOR_FILES.find((name) => options[name] !== undefined) : undefined;
	if (unused !== undefined)
		throw new UsageError(`${OPTION_NAMES[unused] ?? `--${unused}`} means nothing where a file is written`);
	if (!isFile && dataset === undefined && !options.recursive)
		throw new UsageError(`${target} names no dataset: write ${target}#NAME`);
}

const NOT_FOR_FILES = ["recursive", "resume", "shards", "codecs", "format", "chunkKeys", "fill"] as const;

const OPTION_NAMES: { readonly [option: string]: string } = { chunkKeys: "--chunk-keys" };

/** The group to copy; undefined where the address is a dataset. */
async function openTree(shell: Shell, { target, dataset, selection }: Address) {
	if (selection !== undefined) throw new UsageError("--recursive copies whole datasets: leave the selection out");
	const connection = await shell.open(target, "r");
	const path = dataset ?? "";
	return (await connection.hasDataset(path)) ? undefined : { connection, path };
}

async function reportDatasets(shell: Shell, datasets: readonly Dataset[], began: number): Promise<void> {
	const seconds = secondsSince(began);
	if (shell.json) {
		const described = datasets.map(({ name, dtype, shape, chunkShape, shardShape, format, nbytes }) => ({
			...{ name, dtype, shape, chunkShape, shardShape, format },
			bytes: nbytes,
		}));
		await shell.printJson({ datasets: described, seconds });
		return;
	}
	const bytes = datasets.reduce((sum, { nbytes }) => sum + nbytes, 0);
	const [first] = datasets;
	const what = datasets.length === 1 && first !== undefined ? visible(String(first)) : `${datasets.length} datasets`;
	await shell.log("info", `copied ${what}, ${prettyBytes(bytes, { binary: true })} in ${seconds} s`);
}

function secondsSince(began: number): number {
	return Math.round(performance.now() - began) / 1000;
}
