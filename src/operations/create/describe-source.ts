import { StoreError } from "../../errors.js";
import { dataTypeFromUser } from "../../format/data-type-metadata.js";
import type { DTypeLike } from "../../format/data-types.js";
import type { ArrayMetadata } from "../../format/metadata.js";
import { broadcastTo } from "../../values/broadcast.js";
import { toView } from "../../values/input.js";
import { isSlabSource, isSlabs, type SlabSource } from "../load/load-slabs.js";
import { type ArrayDescription, describeArray, inferDataType } from "./create.js";

/** What a new array is, as the user said it: parts may be left to its values. */
interface Wanted extends Omit<ArrayDescription, "shape" | "dtype"> {
	readonly shape?: readonly number[] | undefined;
	readonly dtype?: DTypeLike | undefined;
	readonly data?: unknown;
}

/** An array that the values are copied from. */
interface CopiedArray {
	readonly shape: readonly number[];
	readonly dtype: DTypeLike;
}

/**
 * The metadata of a new array that values are known of. Values in memory are converted once, so that what cannot be written creates
 * nothing.
 * @param copied the array that the values come from, if they do
 * @throws StoreError INVALID_ARGUMENT where shape or data type are not known, or values do not fit
 */
export function describeFilled(wanted: Wanted, copied: CopiedArray | undefined): ArrayMetadata {
	const { data } = wanted;
	if (copied !== undefined) return describeCopy(wanted, copied);
	if (isSlabSource(data)) return describeSlabs(wanted, data);
	if (data === undefined || isSlabs(data)) return describeUnseen(wanted);
	const dtype = wanted.dtype ?? inferDataType(data);
	const view = toView(data, dataTypeFromUser(dtype));
	const metadata = describeArray({ ...wanted, shape: wanted.shape ?? view.shape, dtype });
	broadcastTo(view, metadata.shape);
	return metadata;
}

function describeCopy(wanted: Wanted, source: CopiedArray): ArrayMetadata {
	checkSourceShape(source.shape, wanted.shape);
	return describeArray({ ...wanted, shape: source.shape, dtype: wanted.dtype ?? source.dtype });
}

/** Takes over what the source says of itself; the fill value only with the data type it belongs to. */
function describeSlabs(wanted: Wanted, source: SlabSource): ArrayMetadata {
	const { chunkShape, attributes, dimensionNames, dtype } = source;
	const isSame = wanted.dtype === undefined || dataTypeFromUser(wanted.dtype).name === dataTypeFromUser(dtype).name;
	const fillValue = isSame ? source.fillValue : undefined;
	const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
	return describeCopy({ fillValue, chunkShape, attributes, dimensionNames, ...given }, source);
}

function describeUnseen(wanted: Wanted): ArrayMetadata {
	const { shape, dtype } = wanted;
	if (shape !== undefined && dtype !== undefined) return describeArray({ ...wanted, shape, dtype });
	throw new StoreError("INVALID_ARGUMENT", "a dataset needs data, or shape and dtype; bare slabs do not tell");
}

function checkSourceShape(source: readonly number[], wanted: readonly number[] | undefined): void {
	if (wanted === undefined || String(wanted) === String(source)) return;
	throw new StoreError(
		"INVALID_ARGUMENT",
		`the source has shape [${source.join(", ")}], not [${wanted.join(", ")}]: leave shape out, or set a part of it later`,
	);
}
