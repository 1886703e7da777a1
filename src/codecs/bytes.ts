import { StoreError } from "../errors.js";
import type { DataType, TypedArray } from "../format/data-types.js";
import { bytesOf } from "../format/storage.js";
import { copyStrided, type Walk } from "../selection/copy.js";
import { rowMajorStrides } from "../selection/region.js";
import { type Endian, HOST_ENDIAN, swapWords } from "./byte-order.js";
import { boxedBytes } from "./bytes/boxed.js";
import type { ArrayToBytesCodec, ChunkData, ChunkSpec, CodecFactory, Configuration } from "./codec.js";
import { checkMembers, invalidMember } from "./configuration.js";
import { wrongLength } from "./corrupt.js";
import { readWhole } from "./read-whole.js";

/**
 * Values in row-major order, one after the other (core specification 3.1, codec `bytes`). Complex numbers swap re and im each; raw
 * bits have no byte order. `endian` may be left out only for elements of one byte.
 */
export const bytes: CodecFactory = {
	name: "bytes",
	kind: "array-to-bytes",
	parse(configuration, spec): ArrayToBytesCodec {
		checkMembers("bytes", configuration, ["endian"]);
		const { kind, name } = spec.dtype;
		if (name === "string" || name === "bytes" || kind === "O")
			throw new StoreError(
				"INVALID_ARGUMENT",
				`codec bytes takes elements of one size: use ${kind === "O" ? "one of objects" : kind === "U" ? "vlen-utf8" : "vlen-bytes"}`,
			);
		const endian = endianOf(configuration, spec.dtype);
		return spec.dtype.boxing === undefined ? bytesCodec(spec, endian) : boxedBytes(spec, endian, bytesCodec);
	},
};

function endianOf(configuration: Configuration, dtype: DataType): Endian {
	const { endian } = configuration;
	if (endian === "little" || endian === "big") return endian;
	if (endian === undefined && dtype.wordSize === 1) return HOST_ENDIAN;
	// Records were written without it, and mean this.
	if (endian === undefined && dtype.kind === "R") return "little";
	throw invalidMember("bytes", configuration, "endian", `"little" or "big" for ${dtype.name}`);
}

function bytesCodec(spec: ChunkSpec, endian: Endian): ArrayToBytesCodec {
	const { shape, dtype } = spec;
	const count = shape.reduce((product, length) => product * length, 1);
	const size = count * dtype.itemSize;
	const stride = rowMajorStrides(shape, dtype.components);
	const present = presenter(dtype, count * dtype.components, endian !== HOST_ENDIAN);
	const store = storer(dtype, endian !== HOST_ENDIAN);
	const codec: ArrayToBytesCodec = {
		kind: "array-to-bytes",
		name: "bytes",
		encodedSize: { limit: size, exact: true },
		isInPlace: dtype.storage === undefined && (endian === HOST_ENDIAN || dtype.wordSize === 1),
		parts: undefined,
		encode(chunk, { fresh }) {
			const gathered = gather(chunk, stride, count, dtype);
			return store(gathered ?? viewOf(chunk, count, dtype), fresh && gathered === undefined);
		},
		decode(encoded) {
			if (encoded.length !== size) throw wrongLength(encoded.length, size);
			return { data: present(encoded), shape, stride, offset: 0 };
		},
		readParts: (source, region, sink) => readWhole(codec, source, region, sink),
	};
	return codec;
}

/** The entries of a chunk that is in row-major order already. */
function viewOf(chunk: ChunkData, count: number, dtype: DataType): TypedArray {
	const data = chunk.data as TypedArray;
	return data.subarray(chunk.offset, chunk.offset + count * dtype.components);
}

/** The entries of a chunk brought into row-major order; undefined where they are. */
function gather(
	chunk: ChunkData,
	rowMajor: readonly number[],
	count: number,
	{ components, Array: Entries }: DataType,
): TypedArray | undefined {
	if (count === 0 || chunk.shape.every((length, d) => length === 1 || chunk.stride[d] === rowMajor[d]))
		return undefined;
	const walks = chunk.shape.map(
		(length, d): Walk => ({
			count: length,
			dstStart: 0,
			dstStep: rowMajor[d] as number,
			srcStart: 0,
			srcStep: chunk.stride[d] as number,
		}),
	);
	walks.push({ count: components, dstStart: 0, dstStep: 1, srcStart: chunk.offset, srcStep: 1 });
	const gathered = new Entries(count * components);
	copyStrided(gathered, chunk.data, walks);
	return gathered;
}

/** How presented entries become stored bytes; `copy` asks for memory of its own. */
function storer({ storage, wordSize }: DataType, swaps: boolean): (values: TypedArray, copy: boolean) => Uint8Array {
	const swapsWords = swaps && wordSize > 1;
	return (values, copy) => {
		let stored = storage === undefined ? bytesOf(values) : storage.store(values);
		if ((copy || swapsWords) && stored.buffer === values.buffer) stored = new Uint8Array(stored);
		if (swapsWords) swapWords(stored, wordSize);
		return stored;
	};
}

/** How stored bytes become presented entries: a view of them where that is possible. */
function presenter(
	{ storage, wordSize, Array: Entries }: DataType,
	entries: number,
	swaps: boolean,
): (stored: Uint8Array) => TypedArray {
	const swapsWords = swaps && wordSize > 1;
	return (stored) => {
		const isAligned = stored.byteOffset % wordSize === 0;
		const words = swapsWords || !isAligned ? new Uint8Array(stored) : stored;
		if (swapsWords) swapWords(words, wordSize);
		return storage?.present(words) ?? new Entries(words.buffer, words.byteOffset, entries);
	};
}
