import type { NIFTI1, NIFTI2 } from "nifti-reader-js";
import { StoreError } from "../../../src/errors.js";
import { type DataType, type DType, dataType } from "../../../src/format/data-types.js";
import { optionalPackage } from "../optional-package.js";
import type { RawLayout } from "../raw/layout.js";

export interface NiftiHeader extends RawLayout {
	/** Where the voxels begin, in bytes. */
	readonly offset: number;
	/** What `value × slope + intercept` means; undefined where voxels are what they are. */
	readonly scaling: { readonly slope: number; readonly intercept: number } | undefined;
	readonly attributes: { readonly [name: string]: unknown };
}

type Header = NIFTI1 | NIFTI2;

/** Bytes of the headers of NIfTI-1 and NIfTI-2, without what may follow. */
const HEADER_BYTES = { 1: 348, 2: 540 } as const;
export const LONGEST_HEADER = 540;

/** @param head the first 540 bytes of the file, or all there are */
export async function parseNiftiHeader(head: Uint8Array<ArrayBuffer>, name: string): Promise<NiftiHeader> {
	const nifti = await optionalPackage("nifti-reader-js", "reading NIfTI files", () => import("nifti-reader-js"));
	const version = nifti.isNIFTI1(head.buffer) ? 1 : 2;
	if (version === 2 && !nifti.isNIFTI2(head.buffer)) throw notNifti(nifti.isNIFTI(head.buffer, true), name);
	const bytes = head.slice(0, HEADER_BYTES[version]);
	if (bytes.length < HEADER_BYTES[version]) throw corrupt(name, "it ends within the header");
	const header = version === 1 ? new nifti.NIFTI1() : new nifti.NIFTI2();
	try {
		header.readHeader(bytes.buffer);
	} catch (error) {
		throw corrupt(name, (error as Error).message);
	}
	return describe(header, { version, bytes: new DataView(bytes.buffer), name });
}

function notNifti(isPair: boolean, name: string): StoreError {
	if (!isPair) return corrupt(name, "the mark n+1 or n+2 is missing");
	return new StoreError("UNSUPPORTED", `${name} is the header of a pair .hdr and .img: convert it to one .nii file`);
}

function corrupt(name: string, reason: string): StoreError {
	return new StoreError("CORRUPT", `${name} is no NIfTI file, or a damaged one: ${reason}`);
}

interface Context {
	readonly version: 1 | 2;
	readonly bytes: DataView;
	readonly name: string;
}

function describe(header: Header, context: Context): NiftiHeader {
	const { name, version } = context;
	const shape = shapeOf(header, name);
	const scaling = scalingOf(header);
	return {
		shape,
		dtype: voxelType(header.datatypeCode, name),
		endian: header.littleEndian ? "little" : "big",
		order: "F",
		offset: Math.max(Math.round(header.vox_offset) || 0, HEADER_BYTES[version] + 4),
		scaling,
		attributes: { nifti: attributesOf(header, context, shape.length, scaling) },
	};
}

/** A slope of 0 means none. */
function scalingOf({ scl_slope: slope, scl_inter: inter }: Header): NiftiHeader["scaling"] {
	if (!Number.isFinite(slope) || slope === 0) return undefined;
	const intercept = Number.isFinite(inter) ? inter : 0;
	return slope === 1 && intercept === 0 ? undefined : { slope, intercept };
}

function shapeOf({ dims }: Header, name: string): number[] {
	const [rank = 0, ...lengths] = dims;
	if (!(rank >= 1 && rank <= 7)) throw corrupt(name, `an array of ${rank} axes`);
	const shape = lengths.slice(0, rank);
	if (shape.some((length) => !Number.isSafeInteger(length) || length < 0))
		throw corrupt(name, `a shape of [${shape.join(", ")}]`);
	return shape;
}

/** Codes of `datatype` that have a data type of ours. */
const VOXEL_TYPES = new Map<number, DType>([
	[2, "uint8"],
	[4, "int16"],
	[8, "int32"],
	[16, "float32"],
	[32, "complex64"],
	[64, "float64"],
	[256, "int8"],
	[512, "uint16"],
	[768, "uint32"],
	[1024, "int64"],
	[1280, "uint64"],
	[1792, "complex128"],
]);
const OTHER_TYPES = new Map([
	[1, "single bits"],
	[128, "RGB colours"],
	[1536, "128-bit floats"],
	[2048, "256-bit complex numbers"],
	[2304, "RGBA colours"],
]);

function voxelType(code: number, name: string): DataType {
	const type = VOXEL_TYPES.get(code);
	if (type !== undefined) return dataType(type);
	const meaning = OTHER_TYPES.get(code) ?? "unknown";
	throw new StoreError("UNSUPPORTED", `${name} has voxels of datatype ${code} (${meaning}), which are not read here`);
}

const SPACE_UNITS = new Map([
	[1, "m"],
	[2, "mm"],
	[3, "µm"],
]);
const TIME_UNITS = new Map([
	[8, "s"],
	[16, "ms"],
	[24, "µs"],
	[32, "Hz"],
	[40, "ppm"],
	[48, "rad/s"],
]);

function attributesOf(
	header: Header,
	context: Context,
	rank: number,
	scaling: NiftiHeader["scaling"],
): { readonly [name: string]: unknown } {
	const { qform_code: qformCode, sform_code: sformCode } = header;
	return {
		version: context.version,
		voxelSizes: header.pixDims.slice(1, rank + 1).map(finite),
		spaceUnit: SPACE_UNITS.get(header.xyzt_units & 0x07),
		timeUnit: TIME_UNITS.get(header.xyzt_units & 0x38),
		affine: affineOf(header, context).map((row) => row.map(finite)),
		qformCode,
		sformCode,
		slope: scaling?.slope,
		intercept: scaling?.intercept,
		description: textOf(header.description),
		intentCode: header.intent_code,
		intentName: textOf(header.intent_name),
	};
}

/** JSON has no other numbers. */
function finite(value: number): number | null {
	return Number.isFinite(value) ? value : null;
}

function textOf(text: string): string | undefined {
	const end = text.indexOf("\0");
	return (end < 0 ? text : text.slice(0, end)).trim() || undefined;
}

/** Voxel indices to coordinates, 4 × 4: the sform where there is one, else the qform, else voxel sizes alone (methods 3, 2, 1 of the standard). */
function affineOf(header: Header, { version, bytes }: Context): number[][] {
	const last = [0, 0, 0, 1];
	if (header.sform_code > 0) {
		const at = (n: number): number =>
			version === 1
				? bytes.getFloat32(280 + 4 * n, header.littleEndian)
				: bytes.getFloat64(400 + 8 * n, header.littleEndian);
		return [...[0, 4, 8].map((row) => [0, 1, 2, 3].map((column) => at(row + column))), last];
	}
	if (header.qform_code > 0) return header.getQformMat();
	return [...[0, 1, 2].map((d) => [0, 1, 2, 3].map((e) => (d === e ? (header.pixDims[d + 1] as number) : 0))), last];
}
