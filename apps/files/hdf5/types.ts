/** Data types of HDF5 and ours. */
import { StoreError } from "../../../src/errors.js";
import { type DataType, type DType, dataType, type TypedArray } from "../../../src/format/data-types.js";
import { presentedType } from "../presented-type.js";
import type { Hdf5Dataset } from "./library.js";

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
	data(values: TypedArray): TypedArray | Map<string, TypedArray>;
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

/** The data type as which values are stored. */
export function storedAs(dtype: DataType): DataType {
	return FORMATS[dtype.name] === undefined ? presentedType(dtype) : dtype;
}

/**
 * The type that values are stored as: the one they are presented in, which for bool is uint8, for float16 float32, for counts of time int64.
 * @throws StoreError UNSUPPORTED for raw bits
 */
export function storedType(dtype: DataType): StoredType {
	const format = FORMATS[storedAs(dtype).name];
	if (format === undefined)
		throw new StoreError("UNSUPPORTED", `${dtype.name} cannot be written to HDF5 here: write its bytes as uint8`);
	if (dtype.kind !== "c") return { format, data: (values) => values };
	return {
		format: [
			["r", format],
			["i", format],
		],
		data: (values) =>
			new Map([
				["r", values.subarray(0, values.length / 2)],
				["i", values.subarray(values.length / 2)],
			]),
	};
}
