/** The data type `struct` of zarr-extensions: records of named fields, each of a data type of fixed size. NumPy's structured types. */
import { StoreError } from "../errors.js";
import { boxedType, MAX_FIXED_BYTES } from "./boxed-types.js";
import type { DataType, Field } from "./data-types.js";
import { asRecord, defaultFill, fillFromUser, fillToUser } from "./fill-value.js";
import type { Json } from "./json.js";

export interface FieldDescription {
	readonly name: string;
	readonly dtype: DataType;
}

/** Values of a record by the names of its fields. */
type RecordValue = { readonly [field: string]: unknown };

/**
 * Records of these fields, packed without gaps.
 * @throws StoreError INVALID_ARGUMENT where a name repeats or a field has no fixed size; UNSUPPORTED where it is too long
 */
export function recordType(descriptions: readonly FieldDescription[]): DataType {
	const fields = placed(descriptions);
	const last = fields.at(-1);
	if (last === undefined) throw invalid("it has no fields");
	const itemSize = last.offset + last.dtype.itemSize;
	if (itemSize > MAX_FIXED_BYTES)
		throw new StoreError(
			"UNSUPPORTED",
			`records of ${itemSize} bytes are not supported: ${MAX_FIXED_BYTES} bytes at most`,
		);
	const names = fields.map(({ name }) => name);
	return boxedType(
		{
			kind: "R",
			itemSize,
			wordSize: Math.max(...fields.map(({ dtype }) => dtype.wordSize)),
			metadata: { name: "struct", configuration: { fields: fields.map(formatField) } },
			boxing: {
				empty: asRecord(fields, ({ dtype }) => fillToUser(defaultFill(dtype), dtype)),
				takes: `an object with ${names.map((name) => JSON.stringify(name)).join(", ")}`,
				accept: (value) => accepted(value, fields),
				isSame: (a, b) => fields.every((field) => isSameField(a as RecordValue, b as RecordValue, field)),
				fields,
			},
		},
		`struct[${fields.map(({ name, dtype }) => `${spelled(name)}: ${dtype.name}`).join(", ")}]`,
	);
}

function placed(descriptions: readonly FieldDescription[]): Field[] {
	const names = new Set<string>();
	let offset = 0;
	return descriptions.map(({ name, dtype }) => {
		if (name === "") throw invalid("a field has no name");
		if (names.has(name)) throw invalid(`the field ${JSON.stringify(name)} is there twice`);
		if (dtype.name === "string" || dtype.name === "bytes")
			throw invalid(`the field ${JSON.stringify(name)} is of type ${dtype.name}, which has no fixed size`);
		names.add(name);
		const field = { name, dtype, offset };
		offset += dtype.itemSize;
		return field;
	});
}

function formatField({ name, dtype }: Field): Json {
	return { name, data_type: dtype.metadata };
}

function accepted(value: unknown, fields: readonly Field[]): RecordValue | undefined {
	if (typeof value !== "object" || value === null) return undefined;
	const given = Object.keys(value);
	if (given.length !== fields.length || !fields.every(({ name }) => Object.hasOwn(value, name))) return undefined;
	return asRecord(fields, ({ name, dtype }) => {
		const entry = (value as RecordValue)[name];
		if (entry === undefined) throw invalid(`the field ${JSON.stringify(name)} is undefined`);
		return fillToUser(fillFromUser(entry, dtype), dtype);
	});
}

function isSameField(a: RecordValue, b: RecordValue, { name, dtype }: Field): boolean {
	const [x, y] = [a[name], b[name]];
	if (dtype.boxing !== undefined) return dtype.boxing.isSame(x, y);
	if (!Array.isArray(x) || !Array.isArray(y)) return Object.is(x, y);
	return x.length === y.length && x.every((part, i) => Object.is(part, y[i]));
}

/** A name that could be taken for something else is quoted. */
function spelled(name: string): string {
	return /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(name) ? name : JSON.stringify(name);
}

function invalid(reason: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", `struct: ${reason}`);
}
