/** What a copy is to be: as its source is, except for what options say. */
import { type CreateOptions, Dataset } from "../../src/dataset.js";
import type { NumericName } from "../../src/format/data-types.js";
import { DIMENSIONS } from "../../src/format/v2/documents.js";
import type { SlabSource } from "../../src/operations/load/load-slabs.js";
import type { AxisLengths } from "../../src/selection/edges.js";
import { normalise } from "../../src/selection/normalise.js";
import type { CopyOptions } from "./copy-options.js";
import type { Source } from "./copy-source.js";
import { lengthsFor } from "./option-values.js";

export type Described = CreateOptions & { readonly shape: readonly number[] };

/** What a new dataset takes over from the source, and what the options say instead. */
export function describeSource({ values, selection }: Source, options: CopyOptions): Described {
	if (!(values instanceof Dataset)) return describeSlabs(values, options);
	return selection === undefined ? describeDataset(values, options) : describePart(values, selection, options);
}

function describeSlabs(source: SlabSource, options: CopyOptions): Described {
	const { shape, attributes, dimensionNames, chunkShape, fillValue } = source;
	const dtype = (options.dtype ?? source.dtype) as NumericName;
	const kept = dtype === source.dtype ? { fillValue } : {};
	return { shape, dtype, attributes, dimensionNames, chunkShape, ...kept, ...told(options, shape.length) };
}

/** Of a part, chunks, shards and codecs are not taken over: its axes may be others. */
function describePart(dataset: Dataset, selection: string, options: CopyOptions): Described {
	const { dimensionNames, format } = dataset;
	const dtype = (options.dtype ?? dataset.dtype) as NumericName;
	const { attributes, fillValue } = dataset.creationOptions;
	const { shape, resultAxis } = normalise(selection, dataset.shape, dimensionNames);
	const names = dimensionNames && shape.map((_, r) => dimensionNames[resultAxis.indexOf(r)] ?? null);
	const kept = dtype === dataset.dtype ? { fillValue } : {};
	const described = {
		shape,
		dtype,
		format,
		attributes,
		dimensionNames: names,
		...kept,
		...told(options, shape.length),
	};
	return withoutForeignParts(dataset, described);
}

function describeDataset(dataset: Dataset, options: CopyOptions): Described {
	const { shape, ndim, codecs } = dataset;
	const { chunkShape, shardShape } = layoutOf(dataset);
	const dtype = (options.dtype ?? dataset.dtype) as NumericName;
	const { format = dataset.format } = options;
	const { fillValue, chunkKeyEncoding, ...like } = dataset.creationOptions;
	const isSameType = dtype === dataset.dtype;
	const described: Described = {
		...like,
		shape,
		dtype,
		format,
		...(isSameType ? { fillValue } : {}),
		...(format === dataset.format ? { chunkKeyEncoding } : {}),
	};
	const isSameLayout = [options.chunks, options.shards, options.codecs].every((option) => option === undefined);
	if (isSameLayout && isSameType && (format === 3 || shardShape === undefined))
		return withoutForeignParts(dataset, { ...described, ...told(options, ndim) });
	// Codecs around shards are those of shards, and of nothing else.
	const isOfShards = codecs.some(({ name }) => name === "sharding_indexed");
	const layout = {
		chunkShape,
		shardShape: options.chunks === undefined && format === 3 ? shardShape : undefined,
		codecs: isSameType && !isOfShards ? codecs : undefined,
	};
	return withoutForeignParts(dataset, { ...described, ...layout, ...told(options, ndim) });
}

/** The lengths of chunks and shards as they were given: of a rectilinear grid, lists. */
function layoutOf({ chunkShape, shardShape, chunkLengths }: Dataset): Pick<CreateOptions, "chunkShape" | "shardShape"> {
	if (shardShape === undefined) return { chunkShape: chunkLengths ?? chunkShape };
	return { chunkShape, shardShape: chunkLengths ?? shardShape };
}

/** What options say. */
function told(
	{ chunks, shards, codecs, format, chunkKeys, fill }: CopyOptions,
	rank: number,
): Omit<CreateOptions, "shape"> {
	return {
		...(chunks && { chunkShape: lengthsFor(chunks, rank) }),
		...(shards && { shardShape: shardShapeOf(shards, rank) }),
		...(codecs && { codecs }),
		...(format && { format }),
		...(chunkKeys && { chunkKeyEncoding: chunkKeys }),
		...(fill !== undefined && { fillValue: fill }),
	};
}

export function shardShapeOf(
	shards: readonly AxisLengths[] | "auto" | "none",
	rank: number,
): readonly AxisLengths[] | "auto" | undefined {
	if (shards === "none") return undefined;
	return shards === "auto" ? shards : lengthsFor(shards, rank);
}

/** Format 3 has a place for the names of dimensions, which format 2 keeps among the attributes, and no undefined fill value. */
function withoutForeignParts({ format }: Dataset, described: Described): Described {
	if (format === 3 || described.format !== 3) return described;
	const { fillValue, ...others } = described;
	const defined = fillValue === null ? others : described;
	if (described.dimensionNames === undefined) return defined;
	const { [DIMENSIONS]: _, ...attributes } = described.attributes ?? {};
	return { ...defined, attributes };
}
