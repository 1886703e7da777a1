/**
 * The compressors that exist only within blosc, by its WebAssembly module. The module takes no element size (it has 4 built in), so that
 * it is used for the streams alone: shuffling and the container are ours.
 */
import Blosc from "numcodecs/blosc";
import { blockCount, parseChunk, streamsOf } from "./chunk.js";
import { MODULE_PARTS } from "./module-parts.js";

/** The module cuts each of its blocks, by its element size, into so many streams; a shorter last one it does not cut. */
const STREAMS = 4;

/** Below, the module's BloscLZ gives up, and stores, what c-blosc's newer one halves. */
const LEAST_BLOSCLZ_LEVEL = 4;

type Compress = (input: Uint8Array, partSize: number) => Promise<readonly Uint8Array[] | undefined>;

/**
 * A stream for each part, or the part itself where that would be no smaller.
 *
 * @param parts of one length, followed by others; none of 256 KiB or more
 */
export async function compressByModule(
	parts: readonly Uint8Array[],
	cname: string,
	clevel: number,
): Promise<Uint8Array[]> {
	const compress: Compress = async (input, partSize) => {
		const level = cname === "blosclz" ? Math.max(clevel, LEAST_BLOSCLZ_LEVEL) : clevel;
		const settings = { id: "blosc", cname, clevel: level, shuffle: 0, blocksize: partSize };
		return streamsWithin(await Blosc.fromConfig(settings).encode(input), partSize);
	};
	const size = parts[0]?.length ?? 0;
	const isSuited = size >= MODULE_PARTS.least && size <= MODULE_PARTS.most;
	const alike = isSuited ? parts.filter(({ length }) => length === size) : [];
	const streams = await inFours(alike, size, compress);
	for (const part of parts.slice(alike.length)) streams.push(await alone(part, compress));
	return streams;
}

/** Of 64 KiB at most, so that they and the result fit into the module's memory. */
const PARTS_AT_ONCE = 1024;

async function inFours(parts: readonly Uint8Array[], size: number, compress: Compress): Promise<Uint8Array[]> {
	const streams: Uint8Array[] = [];
	for (let i = 0; i < parts.length; i += PARTS_AT_ONCE)
		streams.push(...(await atOnce(parts.slice(i, i + PARTS_AT_ONCE), size, compress)));
	return streams;
}

/** Zeros fill up the last four. */
async function atOnce(parts: readonly Uint8Array[], size: number, compress: Compress): Promise<Uint8Array[]> {
	const input = new Uint8Array(Math.ceil(parts.length / STREAMS) * STREAMS * size);
	for (const [i, part] of parts.entries()) input.set(part, i * size);
	const streams = await compress(input, size);
	return parts.map((part, i) => streams?.[i] ?? part);
}

/** As the shorter block after one of zeros. */
async function alone(part: Uint8Array, compress: Compress): Promise<Uint8Array> {
	const size = Math.max(MODULE_PARTS.least, Math.floor(part.length / STREAMS) + 1);
	const input = new Uint8Array(STREAMS * size + part.length);
	input.set(part, STREAMS * size);
	return (await compress(input, size))?.[STREAMS] ?? part;
}

/** The streams in a chunk of the module's making; undefined where it is not compressed. */
function streamsWithin(encoded: Uint8Array, partSize: number): Uint8Array[] | undefined {
	const chunk = parseChunk(encoded);
	if (chunk.isStored) return undefined;
	if (chunk.blockSize !== STREAMS * partSize) throw new Error(`blosc made blocks of ${chunk.blockSize} bytes`);
	return Array.from({ length: blockCount(chunk) }, (_, index) =>
		streamsOf(encoded, chunk, index, Math.min(chunk.blockSize, chunk.size - index * chunk.blockSize)),
	).flat();
}
