import type { Connection } from "../../src/connection.js";
import type { Dataset } from "../../src/dataset.js";
import { formatFill } from "../../src/format/fill-value.js";
import { formatJson, type Json } from "../../src/format/json.js";
import type { Attributes } from "../../src/format/metadata.js";
import { timeText } from "../../src/format/time-values.js";
import { namedType } from "../../src/format/type-names.js";
import { readArray } from "../../src/operations/hierarchy/hierarchy.js";
import { edgesOf } from "../../src/selection/edges.js";
import { describeGrid } from "../../src/selection/grid.js";
import { toPlainJson } from "./plain-json.js";
import type { Shell } from "./shell.js";
import { bytesText, countText, lengthsText } from "./sizes.js";
import { countStored, type Stored } from "./stored-chunks.js";
import { visible } from "./visible.js";

/** Prints everything about a dataset but its values. */
export async function describeDataset(shell: Shell, connection: Connection, name: string): Promise<void> {
	const dataset = await connection.getDataset(name);
	const { metadata } = await readArray(connection.backend, name);
	const stored = await countStored(connection.backend, { name, array: metadata }, shell.signal);
	const bytesOf = (shape: readonly number[]): number =>
		shape.reduce((bytes, length) => bytes * length, metadata.dtype.itemSize);
	const chunkBytes = bytesOf(dataset.chunkShape);
	const measured = { dataset, stored, chunkBytes, objectBytes: bytesOf(dataset.shardShape ?? dataset.chunkShape) };
	if (shell.json) await shell.printJson(asJson(connection, measured));
	else await shell.printFields(`${connection.backend.location} ${JSON.stringify(name)}`, fields(measured));
}

interface Measured {
	readonly dataset: Dataset;
	readonly stored: Stored | undefined;
	/** Of one whole chunk, decoded. */
	readonly chunkBytes: number;
	/** Of one whole shard, where there are shards. */
	readonly objectBytes: number;
}

/** How many bytes of stored chunks one byte on the store stands for; undefined where nothing is stored. */
function ratioOf({ stored }: Measured): number | undefined {
	return stored && stored.bytes > 0 ? stored.decodedBytes / stored.bytes : undefined;
}

function fields(measured: Measured): [string, string][] {
	const { dataset, stored, chunkBytes, objectBytes } = measured;
	const ratio = ratioOf(measured);
	const compressed = ratio === undefined ? "" : `, ratio ${ratio.toFixed(2)}`;
	const total = countText(dataset.totalChunks, dataset.shardShape === undefined ? "chunk" : "shard");
	const { dimensionNames, attributes } = dataset;
	return [
		["dtype", dataset.dtype],
		["shape", lengthsText(dataset.shape)],
		["size", `${countText(dataset.size, "element")}, ${bytesText(dataset.nbytes)}`],
		["dimensions", dimensionNames?.map((name) => (name === null ? "–" : visible(name))).join(", ") ?? "–"],
		["chunk shape", `${lengthsText(dataset.chunkShape)}, ${bytesText(chunkBytes)}`],
		...shardField(dataset.shardShape, objectBytes),
		...lengthsField(dataset),
		["chunk grid", `${lengthsText(dataset.chunkGrid)}, ${total}`],
		["stored", stored ? `${countText(stored.chunks)} of ${total}, ${bytesText(stored.bytes)}${compressed}` : "?"],
		["fill value", oneLine(fillText(dataset))],
		["codecs", dataset.codecs.map(codecText).join(" → ")],
		...attributeFields(attributes),
	];
}

function shardField(shape: readonly number[] | undefined, bytes: number): [string, string][] {
	return shape === undefined ? [] : [["shard shape", `${lengthsText(shape)}, ${bytesText(bytes)}`]];
}

function lengthsField({ chunkLengths }: Dataset): [string, string][] {
	if (chunkLengths === undefined) return [];
	const lengths = chunkLengths.map((axis) => (typeof axis === "number" ? axis : edgesOf(axis)));
	return [["chunk lengths", describeGrid(lengths)]];
}

/** A line per attribute, of which the first is headed. */
export function attributeFields(attributes: Attributes): [string, string][] {
	return Object.entries(attributes).map(([name, value], n) => [
		n === 0 ? "attributes" : "",
		`${visible(name)}: ${oneLine(value)}`,
	]);
}

function codecText({ name, configuration = {} }: Dataset["codecs"][number]): string {
	const settings = Object.entries(configuration).map(([member, value]) => `${member} ${oneLine(value)}`);
	return visible(settings.length === 0 ? name : `${name} (${settings.join(", ")})`);
}

/** JSON without the quotes of a lone string. */
function oneLine(value: unknown): string {
	const plain = toPlainJson(value);
	return visible(typeof plain === "string" ? plain : formatJson(plain as Json, 0));
}

function asJson({ backend }: Connection, measured: Measured): object {
	const { dataset, stored } = measured;
	const { name, dtype, shape, size, nbytes, chunkShape, shardShape, chunkLengths, chunkGrid, totalChunks } = dataset;
	const { codecs, dimensionNames, attributes } = dataset;
	return {
		location: backend.location,
		kind: "dataset",
		...{ name, dtype, shape, size, nbytes, chunkShape, shardShape, chunkLengths, chunkGrid, totalChunks },
		storedChunks: stored?.chunks ?? null,
		storedBytes: stored?.bytes ?? null,
		compressionRatio: ratioOf(measured) ?? null,
		...{ fillValue: fillText(dataset), codecs, dimensionNames: dimensionNames ?? null, attributes },
	};
}

/** A point in time as people write it, byte strings and records as the metadata has them; other values as they are. */
function fillText({ dtype, fillValue }: Dataset): unknown {
	const type = namedType(dtype);
	if (type.boxing !== undefined) return formatFill([fillValue], type);
	const { time } = type;
	return time === undefined ? fillValue : timeText(fillValue as bigint, time);
}
