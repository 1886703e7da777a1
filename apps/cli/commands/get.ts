import type { Command } from "commander";
import type { Address } from "../../../src/address.js";
import { examples, type Start } from "../command.js";
import { openDataset, readAddress } from "../open-dataset.js";
import { twoNumbers } from "../option-values.js";
import { readCorners, type Selected, select } from "../read-values.js";
import type { Shell } from "../shell.js";
import { UsageError } from "../usage-error.js";
import { valuesAsJson } from "../values-as-json.js";
import { valuesAsText } from "../values-as-text.js";

interface Options {
	readonly out?: string;
	readonly full?: boolean;
	readonly colormap?: "gray" | "viridis" | "magma" | "inferno";
	readonly range?: readonly [number, number];
	readonly percentiles?: readonly [number, number];
	readonly header?: boolean;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "TARGET#DATASET, or TARGET#DATASET[SELECTION]")
		.option(
			"-o, --out <file>",
			"write to a file: .npy, .npz, .h5, .png or .csv; x.npz#name, x.h5#/path name the array in it",
		)
		.option("--full", "print every value, also of large arrays")
		.option("--colormap <name>", "of a .png: gray, viridis, magma, inferno")
		.option("--range <low,high>", "values that get the first and the last colour of a .png", twoNumbers)
		.option("--percentiles <low,high>", "the same as percentiles of the values; default 1,99", twoNumbers)
		.option("--header", "number the columns of a .csv in a first line")
		.addHelpText(
			"after",
			`
With --json values are nested arrays, 64-bit integers with all their digits; NaN, Infinity and -Infinity are strings, complex numbers [re, im].
${examples(
	'tesserae get "scan.sqlite#data[0, :4, ::-1]"',
	'tesserae get "scan.sqlite#data[50]" --out slice.png --colormap viridis',
	"tesserae get scan.sqlite#data --out data.npy",
)}`,
		)
		.action((address: string, options: Options) => start((shell) => get(shell, readAddress(address), options)));
}

async function get(shell: Shell, address: Address, options: Options): Promise<void> {
	if (options.out !== undefined) return getToFile(shell, address, options.out, options);
	const dataset = await openDataset(shell, address, "r");
	const selected = select(dataset, address.selection);
	if (shell.json) {
		for await (const piece of valuesAsJson(selected)) await shell.out.write(piece);
		return shell.print("");
	}
	const shown = await readShown(selected, options.full ?? false);
	await shell.print(valuesAsText(shown, dataset.dtype, shell.out.columns ?? USUAL_WIDTH));
}

const USUAL_WIDTH = 80;
/** NumPy's `threshold` and `edgeitems`: of larger arrays only the corners are shown, and read. */
const SHOWN_SIZE = 1000;
const CORNER = 3;

async function readShown(selected: Selected, isFull: boolean): Promise<Parameters<typeof valuesAsText>[0]> {
	const { shape } = selected.chosen;
	const size = shape.reduce((product, length) => product * length, 1);
	const count = isFull || size <= SHOWN_SIZE ? Math.max(0, ...shape) : CORNER;
	return { ...(await readCorners(selected, count)), fullShape: shape };
}

async function getToFile(shell: Shell, address: Address, out: string, options: Options): Promise<void> {
	const files = await import("tesserae/files");
	if (!files.canWrite(out))
		throw new UsageError(`${out}: the ending tells the format: .npy, .npz, .h5, .hdf5, .hdf, .png or .csv`);
	const dataset = await openDataset(shell, address, "r");
	const { shape } = select(dataset, address.selection).chosen;
	const { colormap, range, percentiles, header } = options;
	await shell.progress(`writing ${out}`, (call) =>
		files.writeAny(out, dataset, address.selection, { ...call, colormap, range, percentiles, header }),
	);
	if (shell.json) await shell.printJson({ out, dataset: dataset.name, dtype: dataset.dtype, shape });
}
