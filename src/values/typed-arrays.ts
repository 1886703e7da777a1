import type { TypedArray } from "../format/data-types.js";
import { type DataType, dataType } from "../format/data-types.js";

/** The data type that values of a typed array have by its class alone. */
const CLASS_TYPES: { readonly [className: string]: DataType } = {
	Int8Array: dataType("int8"),
	Int16Array: dataType("int16"),
	Int32Array: dataType("int32"),
	BigInt64Array: dataType("int64"),
	Uint8Array: dataType("uint8"),
	Uint8ClampedArray: dataType("uint8"),
	Uint16Array: dataType("uint16"),
	Uint32Array: dataType("uint32"),
	BigUint64Array: dataType("uint64"),
	Float16Array: dataType("float16"),
	Float32Array: dataType("float32"),
	Float64Array: dataType("float64"),
};

/** The same for the compiler, of the classes that it knows. */
export interface TypeOfClass {
	readonly Int8Array: "int8";
	readonly Int16Array: "int16";
	readonly Int32Array: "int32";
	readonly BigInt64Array: "int64";
	readonly Uint8Array: "uint8";
	readonly Uint16Array: "uint16";
	readonly Uint32Array: "uint32";
	readonly BigUint64Array: "uint64";
	readonly Float32Array: "float32";
	readonly Float64Array: "float64";
}

/** The name of the typed array's class (`Uint8Array` for a `Buffer`); undefined where `value` is no typed array. */
export function className(value: unknown): string | undefined {
	// By tag, not `instanceof`: arrays of another realm count too, and the tag is a getter that nothing else can fake.
	if (!ArrayBuffer.isView(value) || value instanceof DataView) return undefined;
	return (value as TypedArray)[Symbol.toStringTag];
}

export function isTypedArray(value: unknown): value is TypedArray {
	return className(value) !== undefined;
}

/** The data type of a typed array by its class: a `Uint8Array` is uint8 here, whatever it was made for. */
export function typeOfArray(array: TypedArray): DataType {
	const name = className(array);
	const type = name === undefined ? undefined : CLASS_TYPES[name];
	if (type === undefined) throw new TypeError(`not a typed array: ${name}`);
	return type;
}
