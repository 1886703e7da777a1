import { parseArgs } from "node:util";
import { joinArguments, positiveNumber, UsageError, wholeNumber, wholeNumbers } from "./command-line.js";

export const USAGE = `usage: convolutions [options]

Smooths an MRI volume chunk by chunk, checks the result, and writes original.png, smoothed.png and seams.png.

  --backend NAME       where the datasets are kept: file, ram, … (default: file)
  --connection PLACE   the place there, as in connect("NAME:PLACE"); a whole target such as s3://bucket/prefix will do, too
                       (default for file: a temporary directory, removed afterwards)
  --engine NAME        what runs the kernels (default: sequential)
  --chunk-sizes N …    edges of the cubic chunks, in voxels (default: 32 64 128)
  --sigma S            standard deviation of the Gaussian, in voxels (default: 1.5)
  --ntest N            how often each smoothing is timed; the median counts (default: 3)
  --out DIR            where the images go (default: out/convolutions)
  --help               print this`;

export interface Options {
	/** What `connect` is to open; undefined for files in a temporary directory. */
	readonly target: string | undefined;
	readonly engine: string;
	readonly chunkSizes: readonly number[];
	readonly sigma: number;
	readonly ntest: number;
	readonly out: string;
}

/**
 * The options of the command line; undefined where help was asked for.
 * @throws UsageError, or the TypeError of `parseArgs`
 */
export function readOptions(args: readonly string[]): Options | undefined {
	const { values } = parseArgs({
		args: joinArguments(args, "--chunk-sizes"),
		options: {
			backend: { type: "string" },
			connection: { type: "string" },
			engine: { type: "string", default: "sequential" },
			"chunk-sizes": { type: "string", default: "32 64 128" },
			sigma: { type: "string", default: "1.5" },
			ntest: { type: "string", default: "3" },
			out: { type: "string", default: "out/convolutions" },
			help: { type: "boolean", default: false },
		},
	});
	if (values.help) return undefined;
	return {
		target: targetOf(values.backend, values.connection),
		engine: values.engine,
		chunkSizes: wholeNumbers("--chunk-sizes", values["chunk-sizes"]),
		sigma: positiveNumber("--sigma", values.sigma),
		ntest: wholeNumber("--ntest", values.ntest),
		out: values.out,
	};
}

function targetOf(backend: string | undefined, connection: string | undefined): string | undefined {
	if (connection === undefined) return backend === undefined || backend === "file" ? undefined : `${backend}:`;
	if (!/^[a-z][\w+.-]+:/i.test(connection)) return `${backend ?? "file"}:${connection}`;
	if (backend === undefined || connection.startsWith(`${backend}:`)) return connection;
	throw new UsageError(`--backend ${backend} and --connection ${connection} name two places: leave one of them out`);
}
