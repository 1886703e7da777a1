/** Data type × codecs × layout: arrays of a few elements such that every two of these meet, wherever they can. */
import {
	type ArrayDocument,
	arrayDocument,
	BIG,
	type Codec,
	CRC32C,
	gzip,
	LITTLE,
	shards,
	transpose,
	zstd,
} from "./documents.js";
import type { Box } from "./peers.js";
import { TYPES, type TypeCase } from "./types.js";

/** Codecs before and after those of the layout. */
export interface Chain {
	readonly name: string;
	/** Codecs of values. */
	readonly filters?: (type: TypeCase) => readonly Codec[];
	readonly serializer?: Codec;
	readonly compressors?: readonly Codec[] | ((type: TypeCase) => readonly Codec[]);
	/** The data types that it takes; all by default. */
	readonly takes?: (type: TypeCase) => boolean;
	/** The values are such that it gives them back. */
	readonly tame?: true;
	/** What others wrote with it is read, and not written. */
	readonly readOnly?: true;
}

export interface Layout {
	readonly name: string;
	readonly shape: readonly number[];
	readonly chunkShape: readonly number[];
	readonly around?: (inner: readonly Codec[]) => readonly Codec[];
	readonly written?: Box;
	readonly keys?: ArrayDocument["chunk_key_encoding"];
}

export interface Row {
	readonly name: string;
	readonly type: TypeCase;
	readonly chain: Chain;
	readonly layout: Layout;
	readonly document: ArrayDocument;
	readonly box: Box;
}

const named = (name: string, configuration?: Codec["configuration"]): Codec =>
	configuration === undefined ? { name } : { name, configuration };

const isWord = ({ name }: TypeCase): boolean => /^u?int(8|16|32|64)$/.test(name);
const isReal = ({ name }: TypeCase): boolean => /^float(16|32|64)$/.test(name);
/** NumPy's type string. */
const stringOf = ({ name }: TypeCase): string => {
	const [, kind = "", bits] = /^(int|uint|float|complex)(\d+)$/.exec(name) ?? [];
	return bits === "8" ? `|${kind.charAt(0)}1` : `<${kind.charAt(0)}${Number(bits) / 8}`;
};

/** Bytes of an element; 1 where they vary. */
const itemSizeOf = ({ fillWire }: TypeCase): number =>
	typeof fillWire === "string" ? Buffer.from(fillWire, "base64").length : 1;

const blosc = (cname: string, shuffle: string): Chain => ({
	name: `blosc ${cname} ${shuffle}`,
	compressors: (type) => [named("blosc", { cname, clevel: 5, shuffle, typesize: itemSizeOf(type), blocksize: 0 })],
});

const numcodecs = (name: string, configuration: NonNullable<Codec["configuration"]> = {}): Chain => ({
	name: `numcodecs.${name}`,
	compressors: [named(`numcodecs.${name}`, configuration)],
});

const filter = (
	name: string,
	takes: (type: TypeCase) => boolean,
	settings: (type: string) => NonNullable<Codec["configuration"]>,
): Chain => ({
	name: `numcodecs.${name}`,
	takes,
	tame: true,
	filters: (type) => [named(`numcodecs.${name}`, settings(stringOf(type)))],
});

export const CHAINS: readonly Chain[] = [
	{ name: "bytes, little endian" },
	{ name: "bytes, big endian", serializer: BIG },
	{ name: "gzip", compressors: [gzip(5)] },
	{ name: "zstd", compressors: [zstd(1, false)] },
	{ name: "zstd with checksum", serializer: BIG, compressors: [zstd(-3, true)] },
	{ name: "crc32c", compressors: [CRC32C] },
	{ name: "gzip, zstd, crc32c", compressors: [gzip(0), zstd(1, false), CRC32C] },
	...["lz4", "lz4hc", "blosclz", "zstd", "zlib"].flatMap((cname) =>
		["noshuffle", "shuffle", "bitshuffle"].map((shuffle) => blosc(cname, shuffle)),
	),
	numcodecs("gzip", { level: 1 }),
	numcodecs("zstd", { level: 1 }),
	numcodecs("blosc", { cname: "zstd", clevel: 3, shuffle: 2, blocksize: 0 }),
	numcodecs("zlib", { level: 1 }),
	numcodecs("lz4", { acceleration: 1 }),
	{ ...numcodecs("bz2", { level: 1 }), readOnly: true },
	{ ...numcodecs("lzma", { format: 1, check: -1, preset: 1, filters: null }), readOnly: true },
	{
		name: "numcodecs.shuffle",
		compressors: (type) => [named("numcodecs.shuffle", { elementsize: itemSizeOf(type) })],
	},
	numcodecs("crc32"),
	numcodecs("crc32c"),
	numcodecs("adler32"),
	numcodecs("fletcher32"),
	numcodecs("jenkins_lookup3"),
	filter(
		"delta",
		(type) => isWord(type) || isReal(type),
		(dtype) => ({ dtype }),
	),
	filter("fixedscaleoffset", isReal, (dtype) => ({ scale: 2, offset: 0.5, dtype, astype: "|i1" })),
	filter("quantize", isReal, (dtype) => ({ digits: 1, dtype })),
	filter("astype", isReal, (decode_dtype) => ({ encode_dtype: "<f2", decode_dtype })),
	filter(
		"packbits",
		({ name }) => name === "bool",
		() => ({}),
	),
	{ name: "packbits", serializer: named("packbits"), takes: ({ name }) => name === "bool" || /^u?int[24]$/.test(name) },
	{ name: "bitround", tame: true, takes: isReal, filters: () => [named("bitround", { keepbits: 3 })] },
	{
		name: "numcodecs.bitround",
		tame: true,
		takes: isReal,
		filters: () => [named("numcodecs.bitround", { keepbits: 3 })],
	},
	{
		name: "scale_offset",
		tame: true,
		takes: isReal,
		filters: () => [named("scale_offset", { scale: 2, offset: 1 })],
	},
	{
		name: "cast_value",
		tame: true,
		takes: isReal,
		filters: () => [named("cast_value", { data_type: "int8", rounding: "nearest-even", out_of_range: "clamp" })],
	},
	// No peer has `reshape`, `n5_default` and `conditional`.
];

const reversed = (ndim: number): Codec => transpose(...Array.from({ length: ndim }, (_, d) => ndim - 1 - d));
const before =
	(...codecs: Codec[]) =>
	(inner: readonly Codec[]): readonly Codec[] => [...codecs, ...inner];

export const LAYOUTS: readonly Layout[] = [
	{ name: "order C", shape: [4, 6], chunkShape: [2, 3] },
	{ name: "order C, ragged", shape: [5, 3, 4], chunkShape: [3, 2, 3] },
	{ name: "order F", shape: [4, 6], chunkShape: [2, 3], around: before(reversed(2)) },
	{ name: "order F, ragged", shape: [5, 3, 4], chunkShape: [3, 2, 3], around: before(reversed(3)) },
	{
		name: "transposed twice, ragged",
		shape: [3, 4, 5],
		chunkShape: [2, 2, 3],
		around: before(transpose(1, 2, 0), transpose(0, 2, 1)),
	},
	{
		name: "shards, index at the end",
		shape: [8, 6],
		chunkShape: [4, 6],
		around: (inner) => [shards([2, 3], inner)],
	},
	{
		name: "shards, index at the start, ragged",
		shape: [5, 7],
		chunkShape: [4, 6],
		around: (inner) => [shards([2, 3], inner, { index_location: "start" })],
	},
	{
		name: "shards, transposed within",
		shape: [5, 4],
		chunkShape: [4, 6],
		around: (inner) => [shards([2, 3], [transpose(1, 0), ...inner])],
	},
	{
		name: "shards, transposed around",
		shape: [5, 4],
		chunkShape: [4, 6],
		around: (inner) => [transpose(1, 0), shards([2, 2], inner)],
	},
	{
		name: "nested shards",
		shape: [7, 8],
		chunkShape: [8, 4],
		around: (inner) => [shards([4, 4], [shards([2, 1], inner)])],
	},
	{
		name: "shards, most of it missing",
		shape: [9, 8],
		chunkShape: [4, 4],
		around: (inner) => [shards([2, 2], inner)],
		written: [
			[1, 6],
			[2, 3],
		],
	},
	{ name: "0-d", shape: [], chunkShape: [] },
	{ name: "empty", shape: [0, 3], chunkShape: [2, 3] },
	{ name: "one chunk, larger than the array", shape: [3, 2], chunkShape: [7, 5] },
	{ name: "1-D, chunks missing", shape: [13], chunkShape: [5], written: [[4, 7]] },
	{
		name: "5-D, keys of v2",
		shape: [2, 3, 1, 2, 2],
		chunkShape: [2, 2, 1, 2, 1],
		keys: { name: "v2", configuration: { separator: "." } },
	},
];

const sizeOf = (box: Box): number => box.reduce((size, [start, stop]) => size * (stop - start), 1);
export const countOf = ({ box }: Row): number => sizeOf(box);

function codecsOf(type: TypeCase, { filters, serializer, compressors }: Chain): readonly Codec[] {
	const toBytes = type.serializer === undefined ? (serializer ?? LITTLE) : { name: type.serializer };
	const after = typeof compressors === "function" ? compressors(type) : (compressors ?? []);
	return [...(filters?.(type) ?? []), toBytes, ...after];
}

function rowOf(type: TypeCase, chain: Chain, layout: Layout): Row {
	const { shape, chunkShape, around, written, keys } = layout;
	const inner = codecsOf(type, chain);
	const document = arrayDocument({
		shape,
		chunkShape,
		dtype: "int8",
		codecs: around?.(inner) ?? inner,
		...(keys === undefined ? undefined : { keys }),
	});
	const name = [type, chain, layout].map((part) => part.name.replaceAll(/[^a-z0-9.]+/gi, "-")).join("/");
	return {
		...{ name, type, chain, layout },
		document: { ...document, data_type: type.dataType as string, fill_value: type.fill },
		box: written ?? shape.map((length) => [0, length]),
	};
}

/** Of what makes bytes there is one: that of the data type or that of the chain. */
export function goTogether(type: TypeCase, { takes, serializer }: Chain): boolean {
	return (takes?.(type) ?? true) && (type.serializer === undefined || serializer === undefined);
}

/** Every type with every chain that takes it, and every layout with every type and every chain. */
function rowsOf(types: readonly TypeCase[], chains: readonly Chain[], layouts: readonly Layout[]): Row[] {
	const rows: Row[] = [];
	const met = new Set<string>();
	const meeting = (one: { name: string }, layout: Layout): string => `${one.name} | ${layout.name}`;
	const add = (type: TypeCase, chain: Chain, layout: Layout): void => {
		rows.push(rowOf(type, chain, layout));
		met.add(meeting(type, layout)).add(meeting(chain, layout));
	};
	const news = (type: TypeCase, chain: Chain, layout: Layout): number =>
		[type, chain].filter((one) => !met.has(meeting(one, layout))).length;
	for (const [i, type] of types.entries())
		for (const [j, chain] of chains.entries()) {
			if (!goTogether(type, chain)) continue;
			const turned = layouts.map((_, k) => layouts[(i + j + k) % layouts.length] as Layout);
			add(
				type,
				chain,
				turned.reduce((best, layout) => (news(type, chain, layout) > news(type, chain, best) ? layout : best)),
			);
		}
	for (const layout of layouts) {
		for (const [j, chain] of chains.entries()) {
			const taken = types.filter((type) => goTogether(type, chain));
			const type = taken[j % taken.length];
			if (type !== undefined && !met.has(meeting(chain, layout))) add(type, chain, layout);
		}
		for (const [i, type] of types.entries()) {
			const taking = chains.filter((chain) => goTogether(type, chain));
			const chain = taking[i % Math.min(4, taking.length)];
			if (chain !== undefined && !met.has(meeting(type, layout))) add(type, chain, layout);
		}
	}
	return rows;
}

export const ROWS: readonly Row[] = rowsOf(TYPES, CHAINS, LAYOUTS);
