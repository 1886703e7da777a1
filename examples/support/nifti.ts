import { readFile } from "node:fs/promises";
import * as nifti from "nifti-reader-js";
import type { Volume } from "./volume.js";

/** Voxel types by their NIfTI-1 code, `datatype`. */
const VOXEL_ARRAYS = new Map<number, new (bytes: ArrayBuffer) => ArrayLike<number>>([
	[nifti.NIFTI1.TYPE_UINT8, Uint8Array],
	[nifti.NIFTI1.TYPE_INT16, Int16Array],
	[nifti.NIFTI1.TYPE_UINT16, Uint16Array],
	[nifti.NIFTI1.TYPE_FLOAT32, Float32Array],
]);

/**
 * Reads a three-dimensional NIfTI-1 volume, `.nii` or `.nii.gz`, as float32.
 *
 * @returns shape `[x, y, z]`, the axes of the file
 * @throws Error where the file is something else, or its voxels are scaled, big-endian or of a rarer type
 */
export async function readNifti(file: URL): Promise<Volume> {
	const stored = new Uint8Array(await readFile(file)).buffer;
	const bytes = nifti.isCompressed(stored) ? new Uint8Array(nifti.decompress(stored)).slice().buffer : stored;
	if (!nifti.isNIFTI1(bytes)) throw new Error(`${file.pathname} is not a NIfTI-1 file`);
	const header = nifti.readHeader(bytes);
	const [axes = 0, ...lengths] = header.dims;
	const VoxelArray = VOXEL_ARRAYS.get(header.datatypeCode);
	if (axes !== 3 || VoxelArray === undefined || !header.littleEndian || isScaled(header))
		throw new Error(
			`${file.pathname}: only plain little-endian volumes of 8 or 16-bit integers or float32 are read here`,
		);
	return rowMajor(new VoxelArray(nifti.readImage(header, bytes)), lengths.slice(0, 3));
}

function isScaled({ scl_slope: slope, scl_inter: intercept }: nifti.NIFTI1 | nifti.NIFTI2): boolean {
	return Number.isFinite(slope) && slope !== 0 && (slope !== 1 || intercept !== 0);
}

/** Voxels of which x varies fastest, as NIfTI stores them, put in row-major order. */
function rowMajor(voxels: ArrayLike<number>, shape: number[]): Volume {
	const [width = 0, height = 0, depth = 0] = shape;
	const data = new Float32Array(width * height * depth);
	let next = 0;
	for (let z = 0; z < depth; z++)
		for (let y = 0; y < height; y++)
			for (let x = 0; x < width; x++) data[(x * height + y) * depth + z] = voxels[next++] ?? Number.NaN;
	return { data, shape };
}
