/** The codecs that numcodecs made known, with bytes that its Python package stored. */
import type { CodecSubject, Vector } from "../../dist/conformance/codec/subject.js";
import { blosc } from "../../dist/src/codecs/blosc.js";
import { adler32, crc32, locatedCrc32c } from "../../dist/src/codecs/checksum32.js";
import type { CodecFactory, Configuration } from "../../dist/src/codecs/codec.js";
import { fletcher32 } from "../../dist/src/codecs/fletcher32.js";
import { jenkinsLookup3 } from "../../dist/src/codecs/jenkins-lookup3.js";
import { lz4 } from "../../dist/src/codecs/lz4.js";
import { numcodecsBlosc, numcodecsGzip, numcodecsZstd } from "../../dist/src/codecs/numcodecs.js";
import { shuffle } from "../../dist/src/codecs/shuffle.js";
import { zlib } from "../../dist/src/codecs/zlib.js";
import { hex } from "./subjects.js";

export const counting: Uint8Array = Uint8Array.from({ length: 5000 }, (_, i) => i % 7);

const BLOSC: Configuration = { cname: "lz4", clevel: 5, shuffle: "shuffle", typesize: 4, blocksize: 0 };

/** With the compressor, level, filter, block size and element size of each: split and not, one block and several. */
const BLOSC_VECTORS: readonly Vector[] = (
	[
		[
			"blosclz 5 1 0 4",
			"0201010488130000881300007000000014000000130000002600040105020603e0ffffffffd30602040105130000002601050206030004e0ffffffffd30602050206130000002602060300040105e0ffffffffd30602060300130000002603000401050206e0ffffffffd30602000401",
		],
		[
			"lz4 5 2 0 2",
			"02012402881300008813000050000000140000001a0000007f000102030405060700ffffffffffffffffffae5003040506001a0000007f010203040506000700ffffffffffffffffffae500405060001",
		],
		[
			"lz4hc 9 1 512 8",
			"02013108881300000002000035010000380000004e000000640000007a00000090000000a6000000bc000000d2000000e8000000fe000000120000007f000102030405060700ffe2500304050600120000007f010203040506000700ffe2500405060001120000007f020304050600010700ffe2500506000102120000007f030405060001020700ffe2500600010203120000007f040506000102030700ffe2500001020304120000007f050600010203040700ffe2500102030405120000007f060001020304050700ffe2500203040506120000007f000102030405060700ffe2500304050600120000007f010203040506000700ffe2500405060001330000007f020304050600010700170f30001d1f0230001d1f0330001d1f0430001d1f0530001d1f0630001d1f00300019500405060001",
		],
		[
			"zlib 1 0 0 4",
			"02016004881300008813000098000000140000001d0000007801636064626661656318a546836034158c6684e157160000bdfc0ea11d0000007801636165636064626619a546836034158c6684e157160000db510eaa1d000000780163646266616563601ca546836034158c6684e157160000cca00ea51d000000780163656360646266611da546836034158c6684e157160000d66f0ea7",
		],
		[
			"zstd 5 2 2040 3",
			"0201940388130000f8070000d60000001c0000006b000000ba0000004b00000028b52ffd60f8060d0200d832994c2693c9640e87c3e170381c542a954aa552a900000000000013a8a0973b90c3da0d106af1ffffcfce03a176ea6c22d41b3bb4da94604ae9ab8baceade014b00000028b52ffd60f8060d0200d8994c2693c9643287c3e170381c0e2a954aa552a95400000000000013a8a0973b90c3da0d106af1ffffcfce03a176ea6c22d41b3bb4da94604ae9ab8baceade011800000028b52ffd609802750000380600010203040501008e551523",
		],
		[
			"lz4 5 1 0 4",
			"0201210488130000881300007800000014000000150000007f000401050206030700ffffffffc7500300040105150000007f010502060300040700ffffffffc7500401050206150000007f020603000401050700ffffffffc7500502060300150000007f030004010502060700ffffffffc7500603000401",
		],
	] as const
).map(([what, digits]) => ({ what, configuration: BLOSC, stored: hex(digits), decoded: counting }));

const refusals = (member: string, values: readonly unknown[], valid: Configuration = {}): CodecSubject["refused"] =>
	values.map((value) => ({ configuration: { ...valid, [member]: value }, member }));

/** Every compressor, filter, and kinds of element size and level among them. */
export function bloscSubject(factory: CodecFactory = blosc): CodecSubject {
	return {
		factory,
		configurations: () => [
			BLOSC,
			{ cname: "lz4", clevel: 1, shuffle: "bitshuffle", typesize: 2, blocksize: 4096 },
			{ cname: "lz4hc", clevel: 6, shuffle: "shuffle", typesize: 8, blocksize: 0 },
			{ cname: "blosclz", clevel: 5, shuffle: "bitshuffle", typesize: 3, blocksize: 0 },
			{ cname: "snappy", clevel: 5, shuffle: "noshuffle", blocksize: 0 },
			{ cname: "zlib", clevel: 1, shuffle: "shuffle", typesize: 300, blocksize: 16384 },
			{ cname: "zstd", clevel: 3, shuffle: "bitshuffle", typesize: 16 },
			{ cname: "zstd", clevel: 0, shuffle: "shuffle", typesize: 1 },
		],
		refused: [
			...refusals("cname", [undefined, "lzo", 1], BLOSC),
			...refusals("clevel", [undefined, 10, -1, "5"], BLOSC),
			...refusals("shuffle", [undefined, 1, "bytes"], BLOSC),
			...refusals("typesize", [undefined, 0, 1.5, null], BLOSC),
			...refusals("blocksize", [-1, 0.5, "0"], BLOSC),
		],
		vectors: BLOSC_VECTORS,
		detectsCorruption: false,
	};
}

export function zlibSubject(factory: CodecFactory = zlib): CodecSubject {
	return {
		factory,
		configurations: () => [{}, { level: 0 }, { level: -1 }, { level: 6 }],
		refused: refusals("level", [10, -2, 1.5, "5"]),
		vectors: [
			{
				what: "Python's zlib",
				configuration: { level: 6 },
				stored: hex("789cedc5b1010030040030b4fc7fb22b6cc992c87abf2724499224499224ddb538983a94"),
				decoded: counting,
			},
		],
		detectsCorruption: true,
	};
}

export function lz4Subject(factory: CodecFactory = lz4): CodecSubject {
	return {
		factory,
		configurations: () => [{}, { acceleration: 9 }, { acceleration: 0 }],
		refused: refusals("acceleration", [1.5, "1", null]),
		vectors: [
			{
				what: "numcodecs' LZ4",
				configuration: {},
				stored: hex("881300007f000102030405060700ffffffffffffffffffffffffffffffffffffff7c500405060001"),
				decoded: counting,
			},
		],
		detectsCorruption: false,
	};
}

const squares =
	"00000000000000000101010102020303040405050606070809090a0b0c0d0e0f1011121314151617191a1b1c1e1f2122242527282a2b2d2f31323436";

function checksumSubject(
	factory: CodecFactory,
	refused: CodecSubject["refused"],
	vectors: readonly (readonly [configuration: Configuration, stored: string])[],
): CodecSubject {
	return {
		factory,
		configurations: () => vectors.map(([configuration]) => configuration),
		refused,
		vectors: vectors.map(([configuration, stored]) => ({
			what: JSON.stringify(configuration),
			configuration,
			stored: hex(stored),
			decoded: hex(squares),
		})),
		detectsCorruption: true,
	};
}

const locations = refusals("location", ["middle", 0, null]);

export const CHECKSUM_SUBJECTS: readonly CodecSubject[] = [
	checksumSubject(crc32, locations, [
		[{}, `cf248c1c${squares}`],
		[{ location: "end" }, `${squares}cf248c1c`],
	]),
	checksumSubject(adler32, locations, [[{}, `3504c83f${squares}`]]),
	checksumSubject(locatedCrc32c, locations, [[{}, `${squares}32723432`]]),
	checksumSubject(fletcher32, [], [[{}, `${squares}2612d424`]]),
	checksumSubject(
		jenkinsLookup3,
		[...refusals("initval", [-1, 0.5, "0"]), ...refusals("prefix", ["abc"])],
		[
			[{}, `${squares}360eb8c0`],
			[{ initval: 7, prefix: null }, `${squares}70b8fa55`],
		],
	),
];

export function shuffleSubject(factory: CodecFactory = shuffle): CodecSubject {
	return {
		factory,
		configurations: () => [{}, { elementsize: 1 }, { elementsize: 2 }, { elementsize: 8 }, { elementsize: 3 }],
		refused: refusals("elementsize", [-1, 1.5, "4"]),
		vectors: [
			{
				what: "four elements of four bytes",
				configuration: { elementsize: 4 },
				stored: hex("0004080c0105090d02060a0e03070b0f"),
				decoded: Uint8Array.from({ length: 16 }, (_, i) => i),
			},
		],
		detectsCorruption: false,
	};
}

/** Codecs of the specification under numcodecs' names and settings. */
export const RENAMED_SUBJECTS: readonly CodecSubject[] = [
	{
		factory: numcodecsBlosc,
		configurations: () => [-1, 0, 1, 2].map((shuffle) => ({ cname: "zstd", clevel: 1, shuffle, blocksize: 0 })),
		refused: refusals("shuffle", [3, -2, "shuffle"]),
		vectors: BLOSC_VECTORS.map((vector) => ({ ...vector, configuration: {} })),
		detectsCorruption: false,
	},
	{
		factory: numcodecsGzip,
		configurations: () => [{}, { level: 6 }],
		refused: [],
		vectors: [],
		detectsCorruption: true,
	},
	{
		factory: numcodecsZstd,
		configurations: () => [{}, { level: 1, checksum: false }],
		refused: [],
		vectors: [],
		detectsCorruption: false,
	},
];
