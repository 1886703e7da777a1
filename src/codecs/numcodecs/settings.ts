/** Settings of numcodecs' codecs of values. Data types are told as NumPy does: `<i4`, or `int32`; byte orders say nothing here. */
import { type DataType, dataType, type TypedArray } from "../../format/data-types.js";
import { parseNumericType } from "../../format/type-string.js";
import type { ChunkSpec, Configuration } from "../codec.js";
import { invalidMember } from "../configuration.js";
import { convert } from "./convert.js";

/** A codec's name, and the settings it was given. */
export interface Given {
	readonly name: string;
	readonly configuration: Configuration;
}

/** The type that a member names; `otherwise` where it is left out. @throws StoreError INVALID_ARGUMENT */
export function typeMember({ name, configuration }: Given, member: string, otherwise: DataType): DataType {
	const value = configuration[member];
	if (value === undefined || value === null) return otherwise;
	const type = typeof value === "string" ? parseNumericType(value) : undefined;
	if (type === undefined) throw invalidMember(name, configuration, member, 'a number type such as "<f8"');
	return dataType(type.dtype.name);
}

/** Checks that a member names the type of the chunks, or nothing. @throws StoreError INVALID_ARGUMENT */
export function checkTypeMember(given: Given, member: string, dtype: DataType): void {
	const { name } = typeMember(given, member, dtype);
	if (name !== dtype.name)
		throw invalidMember(given.name, given.configuration, member, `${dtype.name}, as the chunks are`);
}

/** @throws StoreError INVALID_ARGUMENT */
export function numberMember({ name, configuration }: Given, member: string): number {
	const value = configuration[member];
	const number = typeof value === "bigint" ? Number(value) : value;
	if (typeof number === "number" && Number.isFinite(number)) return number;
	throw invalidMember(name, configuration, member, "a number");
}

/** Chunks of the same shape with another type of values. */
export function withType(spec: ChunkSpec, dtype: DataType): ChunkSpec {
	return { ...spec, dtype, fill: convert(spec.fill as TypedArray, spec.dtype, dtype) };
}
