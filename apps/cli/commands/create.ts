import type { Command } from "commander";
import { Option } from "commander";
import type { CreateOptions } from "../../../src/dataset.js";
import type { DType } from "../../../src/format/data-types.js";
import type { Json } from "../../../src/format/json.js";
import type { AxisLengths } from "../../../src/selection/edges.js";
import { examples, type Start } from "../command.js";
import { shardShapeOf } from "../copy-description.js";
import { describeDataset } from "../describe-dataset.js";
import { jsonValue } from "../json-value.js";
import { readWholeAddress } from "../open-dataset.js";
import {
	chunkKeys,
	chunkLengths,
	codecs,
	dimensionNames,
	jsonObject,
	jsonOrText,
	lengths,
	lengthsFor,
	shards,
	zarrFormat,
} from "../option-values.js";
import type { Shell } from "../shell.js";
import { UsageError } from "../usage-error.js";

interface Options {
	readonly shape: readonly number[];
	readonly dtype: DType;
	readonly chunks?: readonly AxisLengths[];
	readonly shards?: readonly AxisLengths[] | "auto" | "none";
	readonly format?: 2 | 3;
	readonly chunkKeys?: CreateOptions["chunkKeyEncoding"];
	readonly fill?: Json;
	readonly codecs?: CreateOptions["codecs"];
	readonly dimensionNames?: readonly (string | null)[];
	readonly attributes?: { readonly [name: string]: unknown };
	readonly ifExists?: "error" | "open" | "replace";
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "TARGET#DATASET; the store is made if it is not there")
		.requiredOption("--shape <lengths>", 'elements along each axis, such as 100,100; "" for a single value', lengths)
		.requiredOption(
			"--dtype <name>",
			"bool, int2 … int64, uint2 … uint64, float16 … float64, bfloat16, float8_e4m3, …, complex64, complex128, datetime64[ns], timedelta64[s], r8, r16, …",
		)
		.option(
			"--chunks <lengths>",
			"elements of one chunk along each axis; by default of 1 to 4 MiB, near-cubic; one length is for all axes; " +
				"of different lengths 16+10,24+3x7, or JSON",
			chunkLengths,
		)
		.option("--shards <lengths>", "elements of one stored object, which holds several chunks; auto, or none", shards)
		.option("--format <2|3>", "version of Zarr in which it is stored; default 3", zarrFormat)
		.option("--chunk-keys <scheme>", "keys of chunks: default or v2, with / or . behind it", chunkKeys)
		.option(
			"--fill <value>",
			"what is read where nothing was written: a number, NaN, true, JSON; default 0",
			jsonOrText,
		)
		.option("--codecs <list>", "names, such as zstd,crc32c, or JSON as in zarr.json; default bytes,zstd", codecs)
		.option("--dimension-names <list>", 'names of the axes, such as z,y,x; "" for none', dimensionNames)
		.option("--attributes <json>", "a JSON object", jsonObject)
		.addOption(
			new Option("--if-exists <what>", "if there is such a dataset")
				.choices(["error", "open", "replace"])
				.default("error"),
		)
		.addHelpText(
			"after",
			examples(
				"tesserae create scan.sqlite#data --shape 100,100,100 --dtype float32",
				"tesserae create scan.zarr#a/b --shape 0,512 --dtype int16 --chunks 64,512 --dimension-names t,x",
				`tesserae create scan.sqlite#c --shape 9 --dtype uint8 --codecs '["bytes", {"name": "gzip", "configuration": {"level": 9}}]'`,
			),
		)
		.action((address: string, options: Options) => start((shell) => create(shell, address, options)));
}

async function create(shell: Shell, text: string, options: Options): Promise<void> {
	const { target, dataset } = readWholeAddress(text);
	if (dataset === undefined) throw new UsageError(`${text} names no dataset: write ${text}#NAME`);
	const connection = await shell.open(target, "a");
	const { chunks, shards: sharding, chunkKeys: chunkKeyEncoding, fill, ...rest } = options;
	const fillValue = fill === undefined ? undefined : (jsonValue(fill, rest.dtype) as CreateOptions["fillValue"]);
	const rank = rest.shape.length;
	const chunkShape = chunks && lengthsFor(chunks, rank);
	const shardShape = sharding && shardShapeOf(sharding, rank);
	await connection.createDataset(dataset, { ...rest, chunkShape, shardShape, chunkKeyEncoding, fillValue });
	await describeDataset(shell, connection, dataset);
}
