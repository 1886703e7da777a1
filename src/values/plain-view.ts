import type { TypedArray } from "../format/data-types.js";
import { makePrintable } from "./format-array.js";
import { defaultOffset, product, rowMajor } from "./view.js";

type Bound = number | null | undefined;

/** Names that the package `ndarray` gives to the data it sees. */
const DTYPES: { readonly [tag: string]: string } = {
	BigInt64Array: "bigint64",
	BigUint64Array: "biguint64",
	Uint8ClampedArray: "uint8_clamped",
};

/** Where strides or offset are left out, they are those of a row-major array. */
interface PlainViewOf<Data> {
	readonly data: Data;
	readonly shape: readonly number[];
	readonly stride?: readonly number[] | undefined;
	readonly offset?: number | undefined;
}

/**
 * What the package `ndarray` makes, without generated code: the same members, slower `get` and `set`. Stands in for it where code
 * generation is forbidden, and for arrays whose offsets do not fit its 32-bit integers.
 */
export class PlainView<Data extends TypedArray = TypedArray> {
	readonly data: Data;
	readonly shape: number[];
	readonly stride: number[];
	readonly offset: number;

	constructor(view: PlainViewOf<Data>) {
		this.data = view.data;
		this.shape = [...view.shape];
		this.stride = view.stride === undefined ? rowMajor(view.shape) : [...view.stride];
		this.offset = view.offset ?? defaultOffset(this.shape, this.stride);
		makePrintable(this);
	}

	get dimension(): number {
		return this.shape.length;
	}

	get size(): number {
		return product(this.shape);
	}

	get dtype(): string {
		const tag = this.data[Symbol.toStringTag];
		return DTYPES[tag] ?? tag.replace("Array", "").toLowerCase();
	}

	/** The axes, smallest stride first. */
	get order(): number[] {
		const size = (axis: number) => Math.abs(this.stride[axis] as number);
		return this.shape.map((_, axis) => axis).sort((a, b) => size(a) - size(b));
	}

	index(...index: number[]): number {
		let at = this.offset;
		for (let d = 0; d < this.stride.length; d++) at += (this.stride[d] as number) * (index[d] as number);
		return at;
	}

	get(...index: number[]): Data[number] {
		return this.data[this.index(...index)] as Data[number];
	}

	set(...indexThenValue: (number | Data[number])[]): Data[number] {
		const value = indexThenValue[this.dimension] as Data[number];
		(this.data as { [at: number]: Data[number] })[this.index(...(indexThenValue as number[]))] = value;
		return value;
	}

	valueOf(): unknown {
		return this.dimension === 0 ? this.get() : this;
	}

	hi(...lengths: Bound[]): PlainView<Data> {
		return this.#with({ shape: this.shape.map((length, d) => atLeastZero(lengths[d]) ?? length) });
	}

	lo(...origin: Bound[]): PlainView<Data> {
		const shift = this.shape.map((_, d) => atLeastZero(origin[d]) ?? 0);
		return this.#with({
			shape: this.shape.map((length, d) => length - (shift[d] as number)),
			offset: this.index(...shift),
		});
	}

	/** A negative step walks its axis backwards from the last element. */
	step(...steps: Bound[]): PlainView<Data> {
		const by = this.shape.map((_, d) => steps[d] ?? 1);
		const last = (d: number) => (this.shape[d] as number) - 1;
		return this.#with({
			shape: this.shape.map((length, d) => Math.ceil(length / Math.abs(by[d] as number))),
			stride: this.stride.map((stride, d) => stride * (by[d] as number)),
			offset: this.index(...by.map((step, d) => (step < 0 ? last(d) : 0))),
		});
	}

	transpose(...axes: (number | undefined)[]): PlainView<Data> {
		const from = this.shape.map((_, d) => axes[d] ?? d);
		return this.#with({
			shape: from.map((axis) => this.shape[axis] as number),
			stride: from.map((axis) => this.stride[axis] as number),
		});
	}

	pick(...index: Bound[]): PlainView<Data> {
		const picked = this.shape.map((_, d) => atLeastZero(index[d]));
		const kept = (_: unknown, d: number) => picked[d] === undefined;
		return this.#with({
			shape: this.shape.filter(kept),
			stride: this.stride.filter(kept),
			offset: this.index(...picked.map((at) => at ?? 0)),
		});
	}

	#with(change: Omit<Partial<PlainViewOf<Data>>, "data">): PlainView<Data> {
		const { data, shape, stride, offset } = this;
		return new PlainView({ data, shape, stride, offset, ...change });
	}
}

/** As in the package, anything but a number from 0 on leaves its axis alone. */
function atLeastZero(bound: Bound): number | undefined {
	return typeof bound === "number" && bound >= 0 ? bound : undefined;
}
