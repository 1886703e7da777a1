/** Data types of HDF5 and ours. */
import { StoreError } from "../../../src/errors.js";
import { type DataType, type DType, dataType, type TypedArray, type Values } from "../../../src/format/data-types.js";
import { presentedType } from "../presented-type.js";
import type { Hdf5Dataset } from "./library.js";
import { encodeTexts } from "./texts.js";

type Metadata = Hdf5Dataset["metadata"];

/** HDF5's numbers of type classes, H5T_class_t. */
const CLASSES = [
	"integers",
	"floats",
	"times",
	"strings",
	"bit fields",
	"opaque values",
	"compounds",
	"references",
	"enumerations",
	"lists of variable length",
	"arrays",
	"complex numbers of HDF5 2",
];
const [INTEGER, FLOAT, OPAQUE, COMPOUND, ENUM] = [0, 1, 5, 6, 8];

/**
 * The data type of a dataset: integers, floats of 16 to 64 bits, bool and complex as h5py writes them (an enumeration FALSE, TRUE; a
 * compound of r and i), other enumerations as their integers, opaque values as raw bytes.
 * @throws StoreError UNSUPPORTED naming what it is
 */
export function typeOfHdf5(metadata: Metadata, name: string): DataType {
	const type = nameOfType(metadata);
	if (type !== undefined) return dataType(type);
	const what = CLASSES[metadata.type] ?? `type class ${metadata.type}`;
	throw new StoreError("UNSUPPORTED", `${name} holds ${what} of ${metadata.size} bytes, which are not read here`);
}

function nameOfType(metadata: Metadata): DType | undefined {
	const { type, size, signed, vlen } = metadata;
	if (vlen) return undefined;
	if (type === ENUM && isBoolean(metadata)) return "bool";
	if ((type === INTEGER || type === ENUM) && [1, 2, 4, 8].includes(size))
		return `${signed ? "int" : "uint"}${8 * size}` as DType;
	if (type === FLOAT && [2, 4, 8].includes(size)) return `float${8 * size}` as DType;
	if (type === OPAQUE) return `r${8 * size}`;
	return type === COMPOUND ? complexType(metadata) : undefined;
}

function isBoolean({ enum_type, size }: Metadata): boolean {
	const members = enum_type?.members ?? {};
	return size === 1 && Object.keys(members).length === 2 && members.FALSE === 0 && members.TRUE === 1;
}

function complexType({ compound_type, size }: Metadata): DType | undefined {
	const [re, im, ...more] = compound_type?.members ?? [];
	const fits =
		re?.name === "r" &&
		im?.name === "i" &&
		more.length === 0 &&
		[re, im].every((part, n) => part.type === FLOAT && part.size === size / 2 && part.offset === (n * size) / 2);
	if (!fits || (size !== 8 && size !== 16)) return undefined;
	return size === 8 ? "complex64" : "complex128";
}

/** How values of a data type are written: h5wasm makes integers, floats of 32 and 64 bits, and compounds of these. */
export interface StoredType {
	readonly format: string | [string, string][];
	/** No values, or the one of an array without axes. */
	data(values: Values): TypedArray | Map<string, TypedArray> | readonly unknown[];
	/** Values as they lie in the file. */
	bytes(values: Values): Uint8Array;
}

const FORMATS: { readonly [name: string]: string } = {
	int8: "<b",
	int16: "<h",
	int32: "<i",
	int64: "<q",
	uint8: "<B",
	uint16: "<H",
	uint32: "<I",
	uint64: "<Q",
	float32: "<f",
	float64: "<d",
	complex64: "<f",
	complex128: "<d",
};

/** The data type as which numbers are stored. */
export function storedAs(dtype: DataType): DataType {
	return FORMATS[dtype.name] === undefined ? presentedType(dtype) : dtype;
}

/**
 * The type that values are stored as: the one they are presented in, which for bool is uint8, for float16 float32, for counts of time int64.
 * Text of a fixed length is UTF-8 in as many bytes as that may take.
 * @throws StoreError UNSUPPORTED for raw bits, records, objects, and text and byte strings of any length
 */
export function storedType(dtype: DataType): StoredType {
	if (isFixedText(dtype)) {
		const { itemSize } = dtype;
		const bytes = (values: Values): Uint8Array => encodeTexts(values as string[], itemSize);
		return { format: `S${itemSize}`, data: (values) => values as string[], bytes };
	}
	const format = FORMATS[storedAs(dtype).name];
	if (format === undefined || dtype.boxing !== undefined)
		throw new StoreError("UNSUPPORTED", `${dtype.name} cannot be written to HDF5 here: ${ADVICE[dtype.kind]}`);
	if (dtype.kind !== "c") return { format, data: (values) => values, bytes: bytesOf };
	return {
		format: [
			["r", format],
			["i", format],
		],
		data: (values) =>
			new Map([
				["r", (values as TypedArray).subarray(0, values.length / 2)],
				["i", (values as TypedArray).subarray(values.length / 2)],
			]),
		bytes: bytesOf,
	};
}

export function isFixedText({ kind, name }: DataType): boolean {
	return kind === "U" && name !== "string";
}

const ADVICE: { readonly [kind: string]: string } = {
	V: "write its bytes as uint8",
	U: "copy it to a dataset of text of a fixed length, such as U20, or write CSV",
	S: "write CSV, or copy it to a Zarr store",
	R: "write npy, or its fields one by one",
	O: "copy it to a Zarr store",
};

function bytesOf(values: Values): Uint8Array {
	const { buffer, byteOffset, byteLength } = values as TypedArray;
	return new Uint8Array(buffer, byteOffset, byteLength);
}
