import type { ArrayToArrayCodec, ArrayToBytesCodec } from "../../src/codecs/codec.js";
import { check, sameBytes } from "../expect.js";
import { checkSize, fails, leavesAlone } from "./judge.js";
import { collectingSink, countingSource, expectedLandings, sampleRegions } from "./parts.js";
import { awkwardCopies, bytesUnder, sampleChunk, stridedCopy, valueBytes } from "./samples.js";
import { type CodecSubject, everyCase } from "./subject.js";

/** The contract of array → array codecs. */
export const ARRAY_CLAUSES: { readonly [clause: string]: (subject: CodecSubject) => Promise<void> } = {
	"the encoded chunk has the announced shape, and decodes to the same values": arrayRoundTrip,
	"a codec that only reorders axes takes parts of chunks": arrayParts,
};
/** The contract of array → bytes codecs. */
export const CORE_CLAUSES: { readonly [clause: string]: (subject: CodecSubject) => Promise<void> } = {
	"values come back bit by bit": coreRoundTrip,
	"strided input gives the same bytes": coreStrided,
	"input is never changed": coreInput,
	"fresh memory is fresh": coreFresh,
	"the announced size holds": coreSize,
	"bytes at any address and in shared memory decode": coreAddress,
	"too few and too many bytes are CORRUPT": coreTruncated,
	"parts are what decoding the whole gives": coreParts,
};
async function arrayRoundTrip(subject: CodecSubject): Promise<void> {
	await everyCase<ArrayToArrayCodec>(subject, async (codec, spec, what) => {
		for (const chunk of [sampleChunk(spec), stridedCopy(sampleChunk(spec), spec)]) {
			const encoded = await leavesAlone(bytesUnder(chunk.data), what, () => codec.encode(chunk));
			check(`${encoded.shape}` === `${codec.encodedSpec.shape}`, `${what}: encoded to shape [${encoded.shape}]`);
			const decoded = await codec.decode(encoded);
			check(`${decoded.shape}` === `${chunk.shape}`, `${what}: came back in shape [${decoded.shape}]`);
			sameBytes(valueBytes(decoded, spec), valueBytes(chunk, spec), what);
		}
	});
}

async function arrayParts(subject: CodecSubject): Promise<void> {
	await everyCase<ArrayToArrayCodec>(subject, async (codec, spec, what) => {
		const { axes } = codec;
		if (axes === undefined) return;
		const part = sampleChunk({ ...spec, shape: spec.shape.map((length) => length + 1) });
		const encoded = await codec.encode(part);
		const expected = axes.map((axis) => part.shape[axis]);
		check(`${encoded.shape}` === `${expected}`, `${what}: encoded to [${encoded.shape}], [${expected}] expected`);
		sameBytes(valueBytes(await codec.decode(encoded), spec), valueBytes(part, spec), what);
	});
}

async function coreRoundTrip(subject: CodecSubject): Promise<void> {
	await everyCase<ArrayToBytesCodec>(subject, async (codec, spec, what) => {
		const chunk = sampleChunk(spec);
		const decoded = await codec.decode(await codec.encode(chunk, { fresh: true }));
		check(`${decoded.shape}` === `${spec.shape}`, `${what}: came back in shape [${decoded.shape}]`);
		check(decoded.data.constructor === spec.dtype.Array, `${what}: came back as ${decoded.data.constructor.name}`);
		sameBytes(valueBytes(decoded, spec), valueBytes(chunk, spec), what);
	});
}

async function coreStrided(subject: CodecSubject): Promise<void> {
	await everyCase<ArrayToBytesCodec>(subject, async (codec, spec, what) => {
		const chunk = sampleChunk(spec);
		const encoded = await codec.encode(stridedCopy(chunk, spec), { fresh: false });
		sameBytes(encoded, await codec.encode(chunk, { fresh: false }), what);
	});
}

async function coreInput(subject: CodecSubject): Promise<void> {
	await everyCase<ArrayToBytesCodec>(subject, async (codec, spec, what) => {
		const chunk = sampleChunk(spec);
		const memory = bytesUnder(chunk.data);
		const encoded = await leavesAlone(
			memory,
			what,
			async () => new Uint8Array(await codec.encode(chunk, { fresh: false })),
		);
		await leavesAlone(encoded, what, () => codec.decode(encoded));
	});
}

async function coreFresh(subject: CodecSubject): Promise<void> {
	await everyCase<ArrayToBytesCodec>(subject, async (codec, spec, what) => {
		for (const chunk of [sampleChunk(spec), stridedCopy(sampleChunk(spec), spec)]) {
			const encoded = await codec.encode(chunk, { fresh: true });
			check(encoded.buffer !== bytesUnder(chunk.data).buffer, `${what}: the result is the chunk's own memory`);
		}
	});
}

async function coreSize(subject: CodecSubject): Promise<void> {
	await everyCase<ArrayToBytesCodec>(subject, async (codec, spec, what) => {
		const encoded = await codec.encode(sampleChunk(spec), { fresh: false });
		checkSize(encoded.length, codec.encodedSize, what);
	});
}

async function coreAddress(subject: CodecSubject): Promise<void> {
	await everyCase<ArrayToBytesCodec>(subject, async (codec, spec, what) => {
		const chunk = sampleChunk(spec);
		for (const copy of awkwardCopies(await codec.encode(chunk, { fresh: false })))
			sameBytes(valueBytes(await codec.decode(copy), spec), valueBytes(chunk, spec), what);
	});
}

async function coreTruncated(subject: CodecSubject): Promise<void> {
	await everyCase<ArrayToBytesCodec>(subject, async (codec, spec, what) => {
		const encoded = new Uint8Array(await codec.encode(sampleChunk(spec), { fresh: false }));
		for (const length of new Set([0, encoded.length >> 1, encoded.length - 1]))
			await fails("CORRUPT", `${what} cut to ${length}`, () => codec.decode(encoded.subarray(0, length)));
		if (!codec.encodedSize.exact) return;
		const longer = new Uint8Array(encoded.length + 1);
		await fails("CORRUPT", `${what} with a byte more`, () => codec.decode(longer));
	});
}

async function coreParts(subject: CodecSubject): Promise<void> {
	await everyCase<ArrayToBytesCodec>(subject, async (codec, spec, what) => {
		const chunk = sampleChunk(spec);
		const encoded = await codec.encode(chunk, { fresh: true });
		for (const region of sampleRegions(spec.shape)) {
			const { sink, landed } = collectingSink(spec);
			check(await codec.readParts(countingSource(encoded), region, sink), `${what}: was not found`);
			const expected = expectedLandings(chunk, spec, region);
			check(`${landed()}` === `${expected}`, `${what}: parts differ from the whole`);
		}
		const { sink, landed } = collectingSink(spec);
		const found = await codec.readParts(countingSource(undefined), sampleRegions(spec.shape)[0] ?? [], sink);
		check(!found && landed().length === 0, `${what}: an object that does not exist was found`);
	});
}
