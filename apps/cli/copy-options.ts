import type { CreateOptions } from "../../src/dataset.js";
import type { DType } from "../../src/format/data-types.js";
import type { AxisLengths } from "../../src/selection/edges.js";
import type { Casting } from "../../src/values/cast.js";

/** What `cp` is told beside its source and destination. */
export interface CopyOptions {
	readonly recursive?: boolean;
	readonly ifExists?: "error" | "replace";
	readonly resume?: boolean;
	readonly dtype?: DType;
	readonly casting?: Casting;
	/** Lengths, or one for all axes. */
	readonly chunks?: readonly AxisLengths[];
	/** Lengths, or one for all axes. */
	readonly shards?: readonly AxisLengths[] | "auto" | "none";
	readonly codecs?: CreateOptions["codecs"];
	readonly format?: 2 | 3;
	readonly chunkKeys?: CreateOptions["chunkKeyEncoding"];
	readonly fill?: CreateOptions["fillValue"];
	/** Of NIfTI: values rather than voxels as they are stored. */
	readonly scaled?: boolean;
	readonly colormap?: "gray" | "viridis" | "magma" | "inferno";
	readonly percentiles?: readonly [low: number, high: number];
	readonly header?: boolean;
	/** Deflates npz, and HDF5 by gzip. */
	readonly compress?: boolean;
}
