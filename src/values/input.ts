/** What users give as values, in whatever form, as a view of the typed array that a dataset is presented in. */
import { StoreError } from "../errors.js";
import { type DataType, dataType, type TypedArray } from "../format/data-types.js";
import { allocate } from "./allocate.js";
import { castBoxed, singleEntry } from "./boxed-input.js";
import { type Casting, cast, castInto, checkTimes, findFirst, type Source } from "./cast.js";
import { findNonZero } from "./convert-rows.js";
import { describe, list } from "./describe.js";
import { flatten } from "./nested.js";
import { isTypedArray, typeOfArray } from "./typed-arrays.js";
import { defaultOffset, product, rowMajor, unravel, type View } from "./view.js";

export interface InputOptions {
	/** `unsafe` truncates and wraps as NumPy's `astype`; by default the rule described at `cast`. */
	readonly casting?: Casting | undefined;
	/** The type that the values have, where more is known than the class of their typed array tells: bool, float16, complex, raw bits. */
	readonly from?: DataType | undefined;
	/** Index of the first value in what it is a part of, for messages. */
	readonly origin?: readonly number[] | undefined;
}

/**
 * A view of `value` as `dtype.Array`: of the caller's own memory where that is of this class already, else of a copy. `value` is an
 * ndarray, `{ data, shape, stride?, offset? }`, a typed array (1-D), nested plain arrays, or a scalar.
 *
 * A last axis as long as `dtype.components` (2 for complex: re, im; the bytes of raw bits) holds the components and is no axis of the
 * view, see {@link View}; so `[re, im]` is a complex scalar. Other values for a complex type are real.
 * @throws StoreError INVALID_ARGUMENT where it has another form, is ragged, or a value does not cast: naming where
 */
export function toView(value: unknown, dtype: DataType, options: InputOptions = {}): View {
	const casting = options.casting ?? "same_kind";
	const { boxing } = dtype;
	if (boxing !== undefined) return castBoxed(singleEntry(value) ?? readSource(value, undefined), dtype, boxing);
	checkTimes(options.from, dtype, casting);
	const source: Source = { ...readSource(value, options.from), origin: options.origin };
	if (options.from?.kind === "c" && dtype.kind !== "c") return castToReal(source, dtype, casting);
	if (dtype.components === 1) return cast(source, componentType(dtype), casting);
	if (source.shape.at(-1) === dtype.components) return castComponents(source, dtype, casting);
	if (dtype.kind === "c") return castToComplex(source, dtype, casting);
	throw invalid(
		`values of ${dtype.name} have a last axis of their ${dtype.components} bytes, but the shape is ${list(source.shape)}`,
	);
}

function readSource(value: unknown, from: DataType | undefined): Source {
	if (["number", "bigint", "boolean", "string"].includes(typeof value) || value instanceof Date)
		return { data: [value], shape: [], stride: [], offset: 0, type: undefined };
	if (isTypedArray(value))
		return { data: value, shape: [value.length], stride: [1], offset: 0, type: typeOf(value, from) };
	if (Array.isArray(value)) {
		const { data, shape } = flatten(value);
		return { data, shape, stride: rowMajor(shape), offset: 0, type: undefined };
	}
	if (typeof value === "object" && value !== null && "data" in value && "shape" in value)
		return readStrided(value, from);
	const forms = "an ndarray, { data, shape }, a typed array, nested arrays, a number, a bigint or a boolean";
	const advice =
		ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? ": see the buffer through a typed array" : "";
	throw invalid(`${describe(value)} is not a value for a dataset, which takes ${forms}${advice}`);
}

/** The type of single entries: of the components, where the values have several. */
function typeOf(data: TypedArray, from: DataType | undefined): DataType {
	return from === undefined ? typeOfArray(data) : componentType(from);
}

function componentType(dtype: DataType): DataType {
	if (dtype.kind === "V") return dataType("uint8");
	return dtype.part ?? dtype;
}

interface Strided {
	readonly data: unknown;
	readonly shape: unknown;
	readonly stride?: unknown;
	readonly offset?: unknown;
}

function readStrided({ data, shape, stride, offset }: Strided, from: DataType | undefined): Source {
	if (!isTypedArray(data) && !Array.isArray(data))
		throw invalid(`data is ${describe(data)}: give a typed array, or a flat plain array`);
	if (!isIntegers(shape) || shape.some((length) => length < 0))
		throw invalid(`shape is ${Array.isArray(shape) ? list(shape) : describe(shape)}: give an array of lengths`);
	if (stride === undefined && offset === undefined && product(shape) !== data.length)
		throw invalid(`shape ${list(shape)} has ${product(shape)} values, but data has ${data.length}`);
	const steps = stride ?? rowMajor(shape);
	if (!isIntegers(steps) || steps.length !== shape.length)
		throw invalid(
			`stride is ${Array.isArray(steps) ? list(steps) : describe(steps)}: give one integer per axis of ${list(shape)}`,
		);
	const start = offset ?? defaultOffset(shape, steps);
	if (!Number.isSafeInteger(start)) throw invalid(`offset is ${describe(start)}: give an integer`);
	const type = isTypedArray(data) ? typeOf(data, from) : undefined;
	const source = { data, shape: [...shape], stride: [...steps], offset: start as number, type };
	checkBounds(source);
	return source;
}

function isIntegers(values: unknown): values is readonly number[] {
	return Array.isArray(values) && values.every(Number.isSafeInteger);
}

function checkBounds({ data, shape, stride, offset }: Source): void {
	if (product(shape) === 0) return;
	let [lowest, highest] = [offset, offset];
	shape.forEach((length, d) => {
		const reach = (length - 1) * (stride[d] as number);
		if (reach < 0) lowest += reach;
		else highest += reach;
	});
	if (lowest >= 0 && highest < data.length) return;
	const view = `shape ${list(shape)}, stride ${list(stride)} and offset ${offset}`;
	throw invalid(`${view} reach entries ${lowest} to ${highest} of data, which has ${data.length}`);
}

/** Components must lie side by side; where they do not, a copy brings them together. */
function castComponents(source: Source, dtype: DataType, casting: Casting): View {
	const rank = source.shape.length - 1;
	const entries = cast(source, componentType(dtype), casting);
	const view = entries.stride[rank] === 1 ? entries : copyOf(source, componentType(dtype), casting);
	return { ...view, shape: view.shape.slice(0, rank), stride: view.stride.slice(0, rank) };
}

function copyOf(source: Source, type: DataType, casting: Casting): View {
	const { shape } = source;
	const data = new type.Array(allocate(product(shape) * type.Array.BYTES_PER_ELEMENT));
	castInto(source, { data, offset: 0, step: 1 }, type, casting);
	return { data, shape, stride: rowMajor(shape), offset: 0 };
}

function castToComplex(source: Source, dtype: DataType, casting: Casting): View {
	const { shape } = source;
	const data = new dtype.Array(allocate(product(shape) * 2 * dtype.Array.BYTES_PER_ELEMENT));
	castInto(source, { data, offset: 0, step: 2 }, componentType(dtype), casting);
	return { data, shape, stride: rowMajor(shape).map((step) => step * 2), offset: 0 };
}

/** Complex values to a real type: as their real parts cast, but only where every imaginary part is 0, unless `unsafe`. */
function castToReal(source: Source, dtype: DataType, casting: Casting): View {
	const rank = source.shape.length - 1;
	if (source.shape[rank] !== 2)
		throw invalid(`complex values have a last axis of 2, but the shape is ${list(source.shape)}`);
	const part = (offset: number): Source => ({
		...source,
		shape: source.shape.slice(0, rank),
		stride: source.stride.slice(0, rank),
		offset: source.offset + offset,
	});
	const offender = casting === "unsafe" ? undefined : findFirst(part(source.stride[rank] as number), findNonZero);
	if (offender === undefined) return cast(part(0), dtype, casting);
	const index = list(unravel(offender, source.shape.slice(0, rank)));
	const advice = 'take the real parts first, or pass { casting: "unsafe" } to drop the imaginary ones';
	throw invalid(`the value at index ${index} has an imaginary part, which ${dtype.name} cannot hold: ${advice}`);
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
