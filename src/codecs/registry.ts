import { StoreError } from "../errors.js";
import { bitround, numcodecsBitround } from "./bitround.js";
import { blosc } from "./blosc.js";
import { bytes } from "./bytes.js";
import { bz2 } from "./bz2.js";
import { castValue } from "./cast-value.js";
import { adler32, crc32, locatedCrc32c } from "./checksum32.js";
import type { CodecFactory } from "./codec.js";
import { conditionalOf } from "./conditional.js";
import { crc32c } from "./crc32c.js";
import { fletcher32 } from "./fletcher32.js";
import { gzip } from "./gzip.js";
import { jenkinsLookup3 } from "./jenkins-lookup3.js";
import { lz4 } from "./lz4.js";
import { lzma } from "./lzma.js";
import { n5Default } from "./n5-default.js";
import { asType } from "./numcodecs/as-type.js";
import { categorize } from "./numcodecs/categorize.js";
import { delta } from "./numcodecs/delta.js";
import { fixedScaleOffset } from "./numcodecs/fixed-scale-offset.js";
import { json2 } from "./numcodecs/json2.js";
import { packBits } from "./numcodecs/pack-bits.js";
import { quantize } from "./numcodecs/quantize.js";
import { vlenArray } from "./numcodecs/vlen-array.js";
import { numcodecsBlosc, numcodecsGzip, numcodecsZstd } from "./numcodecs.js";
import { packbits } from "./packbits.js";
import { REFUSED } from "./refused.js";
import { reshape } from "./reshape.js";
import { scaleOffset } from "./scale-offset.js";
import { sharding } from "./sharding.js";
import { shuffle } from "./shuffle.js";
import { transpose } from "./transpose.js";
import { vlenBytes, vlenUtf8 } from "./vlen.js";
import { zlib } from "./zlib.js";
import { zstd } from "./zstd.js";

/** Those of the specification and of zarr-extensions, then those that only numcodecs defines. */
const FACTORIES: readonly CodecFactory[] = [
	...[transpose, bytes, vlenUtf8, vlenBytes, sharding, gzip, zstd, blosc, crc32c],
	...[reshape, bitround, castValue, scaleOffset, packbits, n5Default, conditionalOf(codecFactory)],
	...[numcodecsBlosc, numcodecsGzip, numcodecsZstd, zlib, lz4, bz2, lzma],
	...[shuffle, crc32, locatedCrc32c, adler32, fletcher32, jenkinsLookup3],
	...[asType, delta, fixedScaleOffset, packBits, quantize, numcodecsBitround],
	...[json2, vlenArray, categorize],
];
const BY_NAME: ReadonlyMap<string, CodecFactory> = new Map(FACTORIES.map((factory) => [factory.name, factory]));

/**
 * The codec that metadata calls `name`.
 *
 * @throws StoreError UNSUPPORTED, listing what is supported
 */
export function codecFactory(name: string): CodecFactory {
	const factory = BY_NAME.get(name);
	if (factory !== undefined) return factory;
	const reason = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
	if (reason !== undefined)
		throw new StoreError("UNSUPPORTED", `codec ${JSON.stringify(name)} is not supported: ${reason}`);
	const known = [...BY_NAME.keys()].join(", ");
	throw new StoreError("UNSUPPORTED", `codec ${JSON.stringify(name)} is not supported: use one of ${known}`);
}
