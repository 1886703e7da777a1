import { Command, CommanderError } from "commander";
import { canOpen } from "tesserae/files";
import { positiveNumber, UsageError, wholeNumber } from "./command-line.js";

export interface Options {
	readonly backend: string | undefined;
	/** The place there, or a whole target. */
	readonly connection: string | undefined;
	/** What `connect` is given: engine, workers, and what the backend takes. */
	readonly connect: { readonly [option: string]: unknown };
	/** The file of the volume; undefined for the MRI volume of the example. */
	readonly input: string | undefined;
	/** Edges of the cubes; undefined for the volume as it is. */
	readonly dataSizes: readonly number[] | undefined;
	readonly chunkSizes: readonly number[];
	readonly sigma: number;
	readonly ntest: number;
	readonly out: string;
}

interface Values {
	readonly backend?: string;
	readonly connection?: string;
	readonly connectionOptions?: { readonly [option: string]: unknown };
	readonly engine: string;
	readonly workers?: number;
	readonly input?: string;
	readonly dataSizes?: readonly number[];
	readonly chunkSizes?: readonly number[];
	readonly sigma?: number;
	readonly ntest?: number;
	readonly out: string;
}

const DESCRIPTION = `Smooths a volume by a 3-D Gaussian, chunk by chunk, for every data size and chunk size that is asked for: by one 3-D kernel and by three 1-D kernels, each without halo, which is wrong at the chunks' faces, and with halo, which is checked against the whole volume.

Writes result.h5 (all timings), timings.svg and .png, original.png, smoothed.png and seams.png.`;

/**
 * The options of the command line; undefined where help was asked for, and printed.
 * @throws UsageError, CommanderError
 */
export function readOptions(args: readonly string[]): Options | undefined {
	const program = command();
	try {
		program.parse(args, { from: "user" });
	} catch (error) {
		if (error instanceof CommanderError && error.exitCode === 0) return undefined;
		throw error;
	}
	const values = program.opts<Values>();
	const { engine, workers, connectionOptions, backend, connection, dataSizes, input, out } = values;
	if (input !== undefined && !canOpen(input))
		throw new UsageError(`--input ${input}: the ending tells the format, such as .nii, .nii.gz, .npy or .h5#/path`);
	const { chunkSizes = [32, 64, 128], sigma = 1.5, ntest = 3 } = values;
	const connect = { ...connectionOptions, engine, workers };
	return { backend, connection, connect, input, dataSizes, chunkSizes, sigma, ntest, out };
}

function command(): Command {
	const number = (option: string) => (text: string) => wholeNumber(option, text);
	const numbers =
		(option: string) =>
		(text: string, before: readonly number[] = []) => [
			...before,
			...text.split(",").map((part) => wholeNumber(option, part)),
		];
	return new Command("convolutions")
		.description(DESCRIPTION)
		.usage("[options]")
		.option("--backend <name>", "where the datasets are kept: sqlite (default), file, ram …")
		.option("--connection <place>", "the place there, or a whole target; default: a temporary SQLite file")
		.option("--connection-options <k=v...>", "options of the backend, such as durability=none", option)
		.option("--engine <name>", "what runs the kernels: sequential, threads, distributed …", "sequential")
		.option("--workers <n>", "workers of the engine; default: the cores there are", number("--workers"))
		.option("--input <file>", "the volume: .nii, .nii.gz, .npy or file.h5#/path; default: an MRI volume")
		.option(
			"--data-sizes <n...>",
			"edges of cubes around its middle, reflected where it is too small; default: the volume as it is",
			numbers("--data-sizes"),
		)
		.option("--chunk-sizes <n...>", "edges of the chunks; default: 32 64 128", numbers("--chunk-sizes"))
		.option("--sigma <voxels>", "standard deviation of the Gaussian; default: 1.5", (text) =>
			positiveNumber("--sigma", text),
		)
		.option("--ntest <n>", "how often each smoothing is timed; default: 3", number("--ntest"))
		.option("--out <dir>", "where the files go", "out/convolutions")
		.helpOption("--help", "print this")
		.exitOverride()
		.showSuggestionAfterError(false)
		.configureOutput({ outputError: () => {} });
}

/** `key=value`; numbers, true and false are what they look like. */
function option(
	text: string,
	before: { readonly [option: string]: unknown } = {},
): { readonly [option: string]: unknown } {
	const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
	if (key === undefined || value === undefined)
		throw new UsageError(`--connection-options takes key=value, not ${JSON.stringify(text)}`);
	const isLiteral = /^(true|false|-?\d+(\.\d+)?)$/.test(value);
	return { ...before, [key]: isLiteral ? JSON.parse(value) : value };
}
