import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Address } from "../../../src/address.js";
import type { Dataset } from "../../../src/dataset.js";
import { StoreError } from "../../../src/errors.js";
import type { DType } from "../../../src/format/data-types.js";
import { kernel } from "../../../src/kernel.js";
import { BOUNDARIES, type Boundary } from "../../../src/operations/blocks/boundary.js";
import type { AxisLengths } from "../../../src/selection/edges.js";
import { examples, type Start } from "../command.js";
import { sourceOf } from "../copy-source.js";
import { describeDataset } from "../describe-dataset.js";
import { openDataset, readWholeAddress } from "../open-dataset.js";
import { chunkLengths, jsonObject, jsonOrText, lengths } from "../option-values.js";
import type { Shell } from "../shell.js";
import { UsageError } from "../usage-error.js";
import { inValues } from "../value-progress.js";

interface Options {
	readonly kernel: KernelPlace;
	readonly params?: { readonly [name: string]: unknown };
	readonly halo?: readonly number[];
	readonly boundary?: Boundary;
	readonly boundaryValue?: number;
	readonly dtype?: DType;
	readonly chunks?: readonly AxisLengths[];
	readonly input?: Inputs;
	readonly ifExists?: "error" | "replace";
	readonly resume?: boolean;
}

interface KernelPlace {
	readonly module: URL;
	readonly exportName: string;
}

interface Inputs {
	readonly [name: string]: Address;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<source>", "TARGET#DATASET")
		.argument("<destination>", "TARGET#DATASET, of the same store")
		.requiredOption(
			"--kernel <module:name>",
			"the function: a JavaScript module, and what it exports it as",
			kernelPlace,
		)
		.option("--params <json>", "the kernel's parameters, a JSON object", jsonObject)
		.option("--halo <lengths>", "elements beyond the chunk that it sees on both sides, for all axes or each", lengths)
		.addOption(new Option("--boundary <rule>", "what lies beyond the border; default reflect").choices(BOUNDARIES))
		.option("--boundary-value <value>", "what lies there with --boundary constant", jsonOrText)
		.option("--dtype <name>", "data type of the destination; default that of the source")
		.option(
			"--chunks <lengths>",
			"chunk shape of the destination, as for create; default that of the source",
			chunkLengths,
		)
		.option("--input <name=address>", "a further dataset of that shape that it sees; may be repeated", input)
		.addOption(
			new Option("--if-exists <what>", "if there is such a dataset")
				.choices(["error", "replace"])
				.default("error")
				.conflicts("resume"),
		)
		.option("--resume", "go on with a map that was interrupted, and keep what is there after a failure")
		.addHelpText(
			"after",
			examples(
				"tesserae map s.sqlite#data s.sqlite#mask --kernel ./k.js:threshold --dtype bool",
				`tesserae map s.sqlite#data s.sqlite#soft --kernel ./k.js:blur --params '{"sigma": 2}' --halo 8`,
			),
		)
		.action((source: string, destination: string, options: Options) =>
			start((shell) => map(shell, readWholeAddress(source), readWholeAddress(destination), options)),
		);
}

async function map(shell: Shell, from: Address, to: Address, options: Options): Promise<void> {
	const { dataset: name } = to;
	if (name === undefined) throw new UsageError(`${to.target} names no dataset: write ${to.target}#NAME`);
	const source = await openDataset(shell, from, "r+");
	await sourceOf(source);
	await checkSameStore(shell, source, to);
	const inputs = await openInputs(shell, options.input ?? {});
	const { module, exportName } = options.kernel;
	const work = kernel(module, exportName, options.params);
	const { halo, boundary, boundaryValue, dtype, chunks: chunkShape, ifExists, resume } = options;
	const blocks = { halo: halo?.length === 1 ? halo[0] : halo, boundary, boundaryValue };
	const layout = { dtype, chunkShape, ifExists, resume };
	const output = await shell.progress(`mapping ${name}`, (o) =>
		source.map(work, name, { ...inValues(o, source.nbytes), ...blocks, ...layout, inputs }),
	);
	if (shell.json) await describeDataset(shell, output.connection as never, name);
}

/** A map makes a dataset beside its source. */
async function checkSameStore(shell: Shell, source: Dataset, { target }: Address): Promise<void> {
	const { location } = source.connection.backend;
	const other = (await shell.open(target, "a")).backend.location;
	if (other === location) return;
	const advice = "map within the store, then copy with tesserae cp";
	throw new StoreError("UNSUPPORTED", `the destination lies in ${other}, the source in ${location}: ${advice}`);
}

async function openInputs(shell: Shell, inputs: Inputs): Promise<{ readonly [name: string]: Dataset }> {
	const opened: { [name: string]: Dataset } = {};
	for (const [name, address] of Object.entries(inputs))
		opened[name] = (await sourceOf(await openDataset(shell, address, "r"))).values as Dataset;
	return opened;
}

/** `./kernels.js:blur`; a relative path is meant from the working directory. */
function kernelPlace(text: string): KernelPlace {
	const [, path, exportName] = /^(.+):([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(text) ?? [];
	if (path === undefined || exportName === undefined)
		throw new InvalidArgumentError("It is MODULE:NAME, such as ./kernels.js:blur.");
	return { module: path.startsWith("file:") ? new URL(path) : pathToFileURL(resolve(path)), exportName };
}

/** `name=ADDRESS`, gathered into one object. */
function input(text: string, gathered: Inputs | undefined): Inputs {
	const at = text.indexOf("=");
	if (at < 1) throw new InvalidArgumentError("It is name=ADDRESS, such as mask=scan.sqlite#mask.");
	return { ...gathered, [text.slice(0, at)]: readWholeAddress(text.slice(at + 1)) };
}
