import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { StoreError } from "../../../src/errors.js";
import type { NumericName } from "../../../src/format/data-types.js";
import type { SlabSource } from "../../../src/operations/load/load-slabs.js";
import { type NdArray, ndArray } from "../../../src/values/nd-array.js";
import { fileBytes, fileSize, firstBytes, skipBytes } from "../file-access.js";
import { checkSize } from "../raw/layout.js";
import { rawSlabs } from "../raw/slabs.js";
import { LONGEST_HEADER, type NiftiHeader, parseNiftiHeader } from "./header.js";

export interface OpenNiftiOptions {
	/** Gives `value × scl_slope + scl_inter` as float64, where the file says so; by default the voxels as they are stored. */
	readonly scaled?: boolean | undefined;
}

const AXES = ["x", "y", "z", "t", "u", "v", "w"];

/**
 * The volume of a NIfTI-1 or NIfTI-2 file, `.nii` or `.nii.gz`. Axes are those of the file, in its order: `[x, y, z, t …]`, named so. In the
 * file x varies fastest; see `rawSlabs` for what that means to memory. The attribute `nifti` has `voxelSizes` (one per axis, in
 * `spaceUnit` and `timeUnit`), `affine` (4 × 4, voxel indices to coordinates), `slope` and `intercept` where voxels are scaled.
 * @throws StoreError NOT_FOUND, CORRUPT, UNSUPPORTED for a voxel type that is none of ours, naming its code
 */
export async function openNifti(path: string, options: OpenNiftiOptions = {}): Promise<SlabSource> {
	const size = await fileSize(path);
	const mark = await firstBytes(fileBytes(path), 2);
	const isCompressed = mark[0] === 0x1f && mark[1] === 0x8b;
	const open = (): AsyncIterable<Uint8Array> => (isCompressed ? unpacked(path) : fileBytes(path));
	const header = await parseNiftiHeader(await firstBytes(open(), LONGEST_HEADER), path);
	const { shape, dtype, offset, scaling, attributes } = header;
	if (!isCompressed) checkSize(header, size - offset, path);
	const bytes = {
		name: path,
		stream: () => skipBytes(open(), offset),
		file: isCompressed ? undefined : { path, offset },
	};
	const described = { shape, attributes, dimensionNames: AXES.slice(0, shape.length) };
	if (!options.scaled || scaling === undefined)
		return { ...described, dtype: dtype.name as NumericName, slabs: () => rawSlabs(header, bytes) };
	return {
		...described,
		dtype: dtype.kind === "c" ? (dtype.name as NumericName) : "float64",
		slabs: () => scaledSlabs(rawSlabs(header, bytes), header, scaling),
	};
}

async function* unpacked(path: string): AsyncGenerator<Uint8Array, void, undefined> {
	const gunzip = pipeline(Readable.from(fileBytes(path)), createGunzip({ chunkSize: 2 ** 18 }), () => {});
	try {
		for await (const piece of gunzip) yield piece as Uint8Array;
	} catch (error) {
		if (!String((error as { code?: unknown }).code).startsWith("Z_")) throw error;
		throw new StoreError("CORRUPT", `${path} is damaged or truncated: ${(error as Error).message}`, { cause: error });
	}
}

async function* scaledSlabs(
	slabs: AsyncIterable<NdArray>,
	{ dtype }: NiftiHeader,
	{ slope, intercept }: NonNullable<NiftiHeader["scaling"]>,
): AsyncGenerator<NdArray, void, undefined> {
	const isComplex = dtype.kind === "c";
	for await (const { data, shape, stride, offset } of slabs) {
		const scaled = isComplex ? new dtype.Array(data.length) : new Float64Array(data.length);
		for (let i = 0; i < data.length; i++)
			scaled[i] = Number(data[i]) * slope + (isComplex && i % 2 === 1 ? 0 : intercept);
		yield ndArray(scaled, shape, stride, offset) as NdArray;
	}
}
