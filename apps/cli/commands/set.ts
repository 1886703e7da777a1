import { text as textOf } from "node:stream/consumers";
import { type Command, Option } from "commander";
import type { Address } from "../../../src/address.js";
import type { Dataset } from "../../../src/dataset.js";
import { isStoreError } from "../../../src/errors.js";
import { type Json, parseJson } from "../../../src/format/json.js";
import type { Casting } from "../../../src/values/cast.js";
import { examples, type Start } from "../command.js";
import { jsonValue, numberOf } from "../json-value.js";
import { openDataset, readAddress } from "../open-dataset.js";
import { type Selected, select } from "../read-values.js";
import { setFromFile } from "../set-from-file.js";
import type { Shell } from "../shell.js";
import { UsageError } from "../usage-error.js";

interface Options {
	readonly casting: Casting;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "TARGET#DATASET, or TARGET#DATASET[SELECTION]")
		.argument("<value>", "a number, nested JSON arrays, an array file (.npy, .npz, .h5, .nii), or - for JSON on stdin")
		.addOption(
			new Option("--casting <rule>", "same_kind refuses values that do not fit, unsafe truncates and wraps them")
				.choices(["same_kind", "unsafe"])
				.default("same_kind"),
		)
		.addHelpText(
			"after",
			`
The value is broadcast over the selection as NumPy does. JSON is what "tesserae get --json" prints. A word that begins with a minus, such as
-inf, is written after "--".
${examples(
	'tesserae set "scan.sqlite#data[0]" 1.5',
	'tesserae set "scan.sqlite#data[:2, 0]" "[1, 2]"',
	"tesserae set scan.sqlite#data data.npy",
	"tesserae get --json a.sqlite#x | tesserae set b.sqlite#x -",
)}`,
		)
		.action((address: string, value: string, options: Options) =>
			start((shell) => set(shell, readAddress(address), value, options)),
		);
}

async function set(shell: Shell, address: Address, value: string, { casting }: Options): Promise<void> {
	const read = await readValue(value, shell);
	const dataset = await openDataset(shell, address, "r+");
	const selected = select(dataset, address.selection);
	await shell.progress(`writing ${dataset.name}`, (call) =>
		"file" in read
			? setFromFile(selected, read.file, { ...call, casting })
			: dataset.set(address.selection ?? "...", jsonValue(read.json, dataset.dtype), { ...call, casting }),
	);
	if (shell.json) await shell.printJson(report(dataset, selected));
}

function report({ connection, name, dtype }: Dataset, { chosen }: Selected): object {
	return { location: connection.backend.location, name, dtype, shape: chosen.shape };
}

type Value = { readonly file: string } | { readonly json: Json };

async function readValue(text: string, { input }: Shell): Promise<Value> {
	if (text === "-") return { json: parse(await textOf(input), "stdin") };
	const { canOpen } = await import("tesserae/files");
	return canOpen(text) ? { file: text } : { json: parse(text, "the value") };
}

/** How text by ISO 8601 begins; no JSON begins so. */
const TIME = /^(?:NaT|[+-]?\d{4,}-\d\d(?:-.*)?)$/;

/** JSON, or a number or a time as other programs write it. @throws UsageError */
function parse(text: string, what: string): Json {
	const number = numberOf(text.trim());
	if (number !== undefined) return number;
	if (TIME.test(text.trim())) return text.trim();
	try {
		return parseJson(text, what);
	} catch (error) {
		if (!isStoreError(error, "CORRUPT")) throw error;
		throw new UsageError(`${error.message}: it is a number, JSON, a file (.npy, .npz, .h5, .nii), or - for stdin`);
	}
}
