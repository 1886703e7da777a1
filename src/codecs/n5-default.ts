import { isStoreError, StoreError } from "../errors.js";
import { isZero } from "../format/fill-value.js";
import { parseCodecs } from "../format/metadata-members.js";
import { wholeRegion } from "../selection/plan.js";
import { fillRegion, rowMajorStrides, scatter } from "../selection/region.js";
import type {
	ArrayToBytesCodec,
	ChunkData,
	ChunkSpec,
	CodecConfiguration,
	CodecFactory,
	Configuration,
	Pipeline,
} from "./codec.js";
import { checkMembers, invalidMember } from "./configuration.js";
import { corrupt } from "./corrupt.js";
import { andThen } from "./maybe-promise.js";
import { readWhole } from "./read-whole.js";

const NAME = "n5_default";

/** Blocks of N5 with their header, which tells the shape of each (zarr-extensions, codec `n5_default`). */
export const n5Default: CodecFactory = {
	name: NAME,
	kind: "array-to-bytes",
	parse(configuration, spec, build): ArrayToBytesCodec {
		checkMembers(NAME, configuration, ["codecs"]);
		const { dtype } = spec;
		if (!N5_TYPES.includes(dtype.name))
			throw new StoreError(
				"INVALID_ARGUMENT",
				`codec ${NAME} stores what N5 knows, ${N5_TYPES.join(", ")}, not ${dtype.name}`,
			);
		const codecs = codecsOf(configuration, spec.shape.length);
		return blockCodec(spec, (shape) => within(() => build(codecs, { ...spec, shape })));
	},
};

const N5_TYPES: readonly string[] = [
	...["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"],
	...["float32", "float64"],
];

/** The axes reversed, bytes big-endian, and at most one codec of bytes. */
function codecsOf(configuration: Configuration, ndim: number): readonly CodecConfiguration[] {
	const codecs: readonly CodecConfiguration[] = within(() => parseCodecs(configuration.codecs));
	const [turn, plain] = codecs;
	const order = turn?.configuration?.order;
	const isReversed = Array.isArray(order) && order.length === ndim && order.every((axis, d) => axis === ndim - 1 - d);
	const isBig = plain?.configuration?.endian === "big" || plain?.configuration?.endian === undefined;
	if (turn?.name === "transpose" && isReversed && plain?.name === "bytes" && isBig && codecs.length <= 3) return codecs;
	const wanted = `transpose with the order reversed, bytes with endian "big", and at most one codec of bytes`;
	throw invalidMember(NAME, configuration, "codecs", wanted);
}

function within<T>(parse: () => T): T {
	try {
		return parse();
	} catch (error) {
		if (!isStoreError(error)) throw error;
		const code = error.code === "CORRUPT" ? "INVALID_ARGUMENT" : error.code;
		throw new StoreError(code, `codec ${NAME}: codecs: ${error.message}`, { cause: error });
	}
}

function blockCodec(spec: ChunkSpec, build: (shape: readonly number[]) => Pipeline): ArrayToBytesCodec {
	const whole = build(spec.shape);
	const header = headerOf(spec.shape);
	const codec: ArrayToBytesCodec = {
		kind: "array-to-bytes",
		name: NAME,
		// A block that is cut at the array's border takes less.
		encodedSize: { limit: header.length + whole.largestSize, exact: false },
		isInPlace: false,
		parts: undefined,
		encode: (chunk) =>
			andThen(whole.encode(chunk, { fresh: false }), (content) => {
				const block = new Uint8Array(header.length + content.length);
				block.set(header);
				block.set(content, header.length);
				return block;
			}),
		decode(block) {
			const shape = blockShape(block, spec);
			const content = block.subarray(header.length);
			if (shape.every((length, d) => length === spec.shape[d])) return whole.decode(content);
			return andThen(build(shape).decode(content), (chunk) => fitted(chunk, spec));
		},
		readParts: (source, region, sink) => readWhole(codec, source, region, sink),
	};
	return codec;
}

const DEFAULT_MODE = 0;

function headerOf(shape: readonly number[]): Uint8Array {
	const tooLong = shape.find((length) => length >= 2 ** 32);
	if (tooLong !== undefined)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`codec ${NAME}: a chunk of ${tooLong} along an axis does not fit an N5 header`,
		);
	const bytes = new Uint8Array(4 + 4 * shape.length);
	const view = new DataView(bytes.buffer);
	view.setUint16(0, DEFAULT_MODE);
	view.setUint16(2, shape.length);
	shape.forEach((length, d) => {
		view.setUint32(4 + 4 * d, length);
	});
	return bytes;
}

/** What is larger than a chunk is cut; beyond this it is taken for damage, not for a block. */
const LARGEST_BLOCK = 2 ** 26;

/** @throws StoreError CORRUPT, or UNSUPPORTED for blocks of other modes */
function blockShape(block: Uint8Array, { shape, dtype }: ChunkSpec): number[] {
	const ndim = shape.length;
	if (block.length < 4 + 4 * ndim) throw corrupt(NAME, `${block.length} bytes are too few for a header`);
	const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
	const [mode, axes] = [view.getUint16(0), view.getUint16(2)];
	if (mode === 1 || mode === 2)
		throw new StoreError(
			"UNSUPPORTED",
			`codec ${NAME}: blocks of the mode "${mode === 1 ? "varlength" : "object"}" are not supported`,
		);
	if (mode !== DEFAULT_MODE) throw corrupt(NAME, `mode ${mode} is none of N5`);
	if (axes !== ndim) throw corrupt(NAME, `a block of ${axes} dimensions, ${ndim} expected`);
	const lengths = shape.map((_, d) => view.getUint32(4 + 4 * d));
	const bytes = lengths.reduce((product, length) => product * length, dtype.itemSize);
	const most = Math.max(
		LARGEST_BLOCK,
		shape.reduce((product, length) => product * length, dtype.itemSize),
	);
	if (bytes === 0 || bytes > most)
		throw corrupt(NAME, `a block of [${lengths.join(", ")}], [${shape.join(", ")}] expected`);
	return lengths;
}

/** The part that a block and a chunk have in common, in a chunk of fill value. */
function fitted(block: ChunkData, { shape, dtype, fill }: ChunkSpec): ChunkData {
	const { components, Array: Values } = dtype;
	const data = new Values(shape.reduce((product, length) => product * length, components));
	const chunk: ChunkData = { data, shape, stride: rowMajorStrides(shape, components), offset: 0 };
	if (!isZero(fill, dtype)) fillRegion(chunk, wholeRegion(shape), fill);
	const common = shape.map((length, d) => Math.min(length, block.shape[d] as number));
	scatter(block, wholeRegion(common), chunk, components);
	return chunk;
}
