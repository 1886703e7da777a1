import type { CallOptions } from "../../engine.js";
import { StoreError } from "../../errors.js";
import type { DType, DTypeLike, NumericName, ScalarOf } from "../../format/data-types.js";
import type { AxisLengths } from "../../selection/edges.js";
import type { OnChanged } from "../apply/chunk-records.js";
import type { Blocks } from "../blocks/block-reader.js";
import { BOUNDARIES, type Boundary } from "../blocks/boundary.js";

/** How blocks are cut for a kernel. */
export interface BlockOptions {
	/** Elements beyond the chunk that the kernel sees on both sides: one number for all axes, or one per axis. Default 0. */
	readonly halo?: number | readonly number[] | undefined;
	/** What lies beyond the array's border, as in scipy.ndimage. Default `reflect`. */
	readonly boundary?: Boundary | undefined;
	/** The value beyond the border under `boundary: "constant"`, of the dataset's type. Default 0. */
	readonly boundaryValue?: ScalarOf<DType> | undefined;
}

export interface ApplyOptions extends BlockOptions, CallOptions {
	/**
	 * What to do where an apply to the dataset was interrupted. `true` goes on with it, with the same kernel, parameters and halo: chunks that are done are
	 * passed over, none is changed twice; where there is none it begins. `false` forgets it and starts anew from the values as they are now. Left out, the call
	 * is refused with CONFLICT. Nobody else may be at it still.
	 */
	readonly resume?: boolean | undefined;
	/**
	 * With `resume`: what to do about a chunk that others wrote to after the interrupted apply had begun to change it, so that nobody can tell whether the
	 * kernel was applied. `keep` takes it as it is, `apply` applies the kernel to what is there now; by default the call is refused with CONFLICT, naming it.
	 */
	readonly onChanged?: OnChanged | undefined;
}

export interface MapOptions<D extends DType = NumericName> extends BlockOptions, CallOptions {
	/** Type of the output; default that of the input. */
	readonly dtype?: DTypeLike<D> | undefined;
	/** Chunk shape of the output, as for a new dataset; default that of the input. */
	readonly chunkShape?: readonly AxisLengths[] | undefined;
	/** Attributes of the output; default none. */
	readonly attributes?: { readonly [name: string]: unknown } | undefined;
	/** What to do where a dataset of the output's name exists. Default `error`. */
	readonly ifExists?: "error" | "replace" | undefined;
	/**
	 * Goes on with a map of that kernel to that name that was interrupted, or begins it: chunks of the output that are stored are kept. After a failure what is
	 * there stays, marked unfinished. The source must be as it was, which nobody can tell.
	 */
	readonly resume?: boolean | undefined;
}

/** @throws StoreError INVALID_ARGUMENT */
export function parseBlocks(options: BlockOptions, rank: number): Blocks {
	const { halo = 0, boundary = "reflect", boundaryValue } = options;
	const perAxis = typeof halo === "number" ? new Array<number>(rank).fill(halo) : [...halo];
	if (perAxis.length !== rank || perAxis.some((h) => !Number.isSafeInteger(h) || h < 0))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`halo is a whole number ≥ 0, or ${rank} of them, not ${JSON.stringify(halo)}`,
		);
	if (!BOUNDARIES.includes(boundary))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`boundary is one of ${BOUNDARIES.join(", ")}, not ${JSON.stringify(boundary)}`,
		);
	return { halo: perAxis, boundary, boundaryValue };
}

/** @throws StoreError INVALID_ARGUMENT */
export function checkMapResume({ resume, ifExists }: Pick<MapOptions, "resume" | "ifExists">): void {
	checkFlag(resume);
	if (resume && ifExists === "replace")
		throw new StoreError(
			"INVALID_ARGUMENT",
			'resume keeps what is there, ifExists: "replace" removes it: pass one of them',
		);
}

function checkFlag(resume: unknown): void {
	if (resume !== undefined && typeof resume !== "boolean")
		throw new StoreError("INVALID_ARGUMENT", `resume is true or false, not ${JSON.stringify(resume)}`);
}

/** @throws StoreError INVALID_ARGUMENT */
export function checkResume({ resume, onChanged = "error" }: ApplyOptions): OnChanged {
	checkFlag(resume);
	if (onChanged !== "error" && onChanged !== "keep" && onChanged !== "apply")
		throw new StoreError(
			"INVALID_ARGUMENT",
			`onChanged is "error", "keep" or "apply", not ${JSON.stringify(onChanged)}`,
		);
	return onChanged;
}
