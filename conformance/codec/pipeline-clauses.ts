import type { BuildPipeline, ChunkData, ChunkSpec, CodecConfiguration, Pipeline } from "../../src/codecs/codec.js";
import { check, sameBytes } from "../expect.js";
import { fails, leavesAlone } from "./judge.js";
import { collectingSink, countingSource, expectedLandings, sampleRegions } from "./parts.js";
import { awkwardCopies, bytesUnder, DTYPES, SHAPES, sampleChunk, specOf, stridedCopy, valueBytes } from "./samples.js";

/** The contract of a pipeline. */
export const PIPELINE_CLAUSES: { readonly [clause: string]: (build: BuildPipeline) => Promise<void> } = {
	"values come back bit by bit": roundTrip,
	"strided input gives the same bytes": strided,
	"input is never changed": input,
	"fresh memory is fresh": fresh,
	"the announced size holds": announcedSize,
	"bytes alone is decoded at once, in place": inPlace,
	"truncated bytes are CORRUPT": truncated,
	"a changed byte under a checksum is CORRUPT": changed,
	"more bytes than a chunk has are CORRUPT": bomb,
	"parts are what decoding the whole gives": parts,
	"an object that does not exist has no parts": absent,
	"codecs in the wrong order are refused": wrongOrder,
};

const LITTLE: CodecConfiguration = { name: "bytes", configuration: { endian: "little" } };
const BIG: CodecConfiguration = { name: "bytes", configuration: { endian: "big" } };
const ZSTD: CodecConfiguration = { name: "zstd", configuration: { level: 1, checksum: true } };
const GZIP: CodecConfiguration = { name: "gzip", configuration: { level: 1 } };
const CRC32C: CodecConfiguration = { name: "crc32c" };

function transpose(ndim: number, turn: (axis: number) => number): CodecConfiguration {
	return { name: "transpose", configuration: { order: Array.from({ length: ndim }, (_, axis) => turn(axis)) } };
}

/** Rows of codecs that between them have every kind, order and depth. */
function pipelinesOf(ndim: number): CodecConfiguration[][] {
	const reverse = transpose(ndim, (axis) => ndim - 1 - axis);
	const rotate = transpose(ndim, (axis) => (axis + 1) % ndim);
	return [
		[LITTLE],
		[BIG],
		[reverse, LITTLE],
		[LITTLE, CRC32C],
		[LITTLE, GZIP],
		[rotate, reverse, BIG, ZSTD, CRC32C],
		[LITTLE, CRC32C, ZSTD, GZIP],
	];
}

interface Case {
	readonly codecs: readonly CodecConfiguration[];
	readonly spec: ChunkSpec;
	readonly pipeline: Pipeline;
	readonly chunk: ChunkData;
	readonly what: string;
}

async function everyCase(build: BuildPipeline, run: (example: Case) => Promise<void>): Promise<void> {
	for (const dtype of DTYPES)
		for (const shape of SHAPES)
			for (const codecs of pipelinesOf(shape.length)) {
				const spec = specOf(dtype, shape);
				const what = `${dtype} [${shape}] ${codecs.map(({ name }) => name).join(" → ")}`;
				await run({ codecs, spec, pipeline: build(codecs, spec), chunk: sampleChunk(spec), what });
			}
}

async function roundTrip(build: BuildPipeline): Promise<void> {
	await everyCase(build, async ({ pipeline, spec, chunk, what }) => {
		const encoded = await pipeline.encode(chunk, { fresh: false });
		for (const stored of [encoded, ...awkwardCopies(encoded)]) {
			const decoded = await pipeline.decode(stored);
			check(`${decoded.shape}` === `${spec.shape}`, `${what}: came back in shape [${decoded.shape}]`);
			sameBytes(valueBytes(decoded, spec), valueBytes(chunk, spec), what);
		}
	});
}

async function strided(build: BuildPipeline): Promise<void> {
	await everyCase(build, async ({ pipeline, spec, chunk, what }) => {
		const encoded = await pipeline.encode(stridedCopy(chunk, spec), { fresh: false });
		sameBytes(encoded, await pipeline.encode(chunk, { fresh: false }), what);
	});
}

async function input(build: BuildPipeline): Promise<void> {
	await everyCase(build, async ({ pipeline, chunk, what }) => {
		const memory = bytesUnder(chunk.data);
		const stored = await leavesAlone(memory, what, async () => {
			return new Uint8Array(await pipeline.encode(chunk, { fresh: false }));
		});
		await leavesAlone(stored, what, () => pipeline.decode(stored));
	});
}

async function fresh(build: BuildPipeline): Promise<void> {
	await everyCase(build, async ({ pipeline, spec, chunk, what }) => {
		for (const source of [chunk, stridedCopy(chunk, spec)]) {
			const encoded = await pipeline.encode(source, { fresh: true });
			check(encoded.buffer !== bytesUnder(source.data).buffer, `${what}: the result is the chunk's own memory`);
		}
	});
}

async function announcedSize(build: BuildPipeline): Promise<void> {
	await everyCase(build, async ({ pipeline, chunk, what }) => {
		const { length } = await pipeline.encode(chunk, { fresh: false });
		const { encodedSize } = pipeline;
		check(encodedSize === undefined || encodedSize === length, `${what}: ${length} bytes, ${encodedSize} announced`);
	});
}

/** The hot path: no promise, and no copy where bytes and values are the same. */
async function inPlace(build: BuildPipeline): Promise<void> {
	for (const dtype of DTYPES) {
		const spec = specOf(dtype, [4, 4]);
		const pipeline = build([LITTLE], spec);
		const stored = new Uint8Array(pipeline.encodedSize ?? 0);
		const chunk = pipeline.decode(stored);
		check(!(chunk instanceof Promise), `${dtype}: a promise came back`);
		const isWidened = spec.dtype.storage !== undefined && dtype !== "bool";
		check(isWidened || bytesUnder(chunk.data).buffer === stored.buffer, `${dtype}: the bytes were copied`);
	}
}

async function truncated(build: BuildPipeline): Promise<void> {
	await everyCase(build, async ({ pipeline, chunk, what }) => {
		const stored = new Uint8Array(await pipeline.encode(chunk, { fresh: false }));
		for (const length of new Set([0, stored.length >> 1, stored.length - 1]))
			await fails("CORRUPT", `${what} cut to ${length}`, () => pipeline.decode(stored.subarray(0, length)));
	});
}

async function changed(build: BuildPipeline): Promise<void> {
	await everyCase(build, async ({ codecs, pipeline, chunk, what }) => {
		if (codecs.at(-1)?.name !== "crc32c") return;
		const stored = new Uint8Array(await pipeline.encode(chunk, { fresh: false }));
		for (let at = 0; at < stored.length; at++) {
			const altered = new Uint8Array(stored);
			altered[at] = (altered[at] as number) ^ 0x10;
			await fails("CORRUPT", `${what}, byte ${at} changed`, () => pipeline.decode(altered));
		}
	});
}

async function bomb(build: BuildPipeline): Promise<void> {
	for (const compressors of [[], [GZIP], [ZSTD], [CRC32C], [ZSTD, GZIP], [GZIP, CRC32C]]) {
		const codecs = [LITTLE, ...compressors];
		const large = specOf("uint8", [8 * 1024 * 1024]);
		const stored = await build(codecs, large).encode(sampleZeros(large), { fresh: false });
		for (const length of [1, 1000, 1024 * 1024])
			await fails("CORRUPT", `${codecs.map(({ name }) => name).join(" → ")}, ${length} expected`, () =>
				build(codecs, specOf("uint8", [length])).decode(stored),
			);
	}
}

function sampleZeros({ shape, dtype }: ChunkSpec): ChunkData {
	return { data: new dtype.Array(shape[0] as number), shape, stride: [1], offset: 0 };
}

async function parts(build: BuildPipeline): Promise<void> {
	await everyCase(build, async ({ pipeline, spec, chunk, what }) => {
		const stored = await pipeline.encode(chunk, { fresh: true });
		for (const region of sampleRegions(spec.shape)) {
			const { sink, landed } = collectingSink(spec);
			check(await pipeline.readParts(countingSource(stored), region, sink), `${what}: was not found`);
			check(`${landed()}` === `${expectedLandings(chunk, spec, region)}`, `${what}: parts differ from the whole`);
		}
	});
}

async function absent(build: BuildPipeline): Promise<void> {
	await everyCase(build, async ({ pipeline, spec, what }) => {
		const { sink, landed } = collectingSink(spec);
		const found = await pipeline.readParts(countingSource(undefined), sampleRegions(spec.shape)[0] ?? [], sink);
		check(!found && landed().length === 0, `${what}: an object that does not exist was found`);
	});
}

async function wrongOrder(build: BuildPipeline): Promise<void> {
	const turn = transpose(2, (axis) => axis);
	const spec = specOf("int16", [2, 3]);
	for (const codecs of [[], [turn], [ZSTD, LITTLE], [LITTLE, turn], [LITTLE, LITTLE], [LITTLE, ZSTD, LITTLE]])
		await fails("INVALID_ARGUMENT", `codecs ${JSON.stringify(codecs)}`, () => {
			build(codecs, spec);
		});
	const message = await fails("UNSUPPORTED", "an unknown codec", () => {
		build([LITTLE, { name: "no-such-codec" }], spec);
	});
	check(message.includes("no-such-codec") && message.includes("bytes"), `"${message}" does not say what is known`);
}
