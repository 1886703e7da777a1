import { type DataType, type DType, dataType } from "../../src/format/data-types.js";

const NAMES: { readonly [array: string]: DType } = {
	Int8Array: "int8",
	Uint8Array: "uint8",
	Float32Array: "float32",
	Float64Array: "float64",
	BigInt64Array: "int64",
};

/** For files that do not know a data type: the one that holds all of its values as they are presented, such as float32 for bfloat16. */
export function presentedType(dtype: DataType): DataType {
	const name = NAMES[dtype.Array.name];
	if (name === undefined || dtype.kind === "V") return dtype;
	if (dtype.kind !== "c") return dataType(name);
	return dataType(name === "float32" ? "complex64" : "complex128");
}
