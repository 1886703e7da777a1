import type { BytesToBytesCodec } from "../../src/codecs/codec.js";
import { pipeline } from "../../src/codecs/pipeline.js";
import { check, sameBytes } from "../expect.js";
import { checkSize, exactly, fails, leavesAlone } from "./judge.js";
import { awkwardCopies, noise, specOf } from "./samples.js";
import type { CodecSubject } from "./subject.js";

/** The contract of bytes → bytes codecs. */
export const BYTES_CLAUSES: { readonly [clause: string]: (subject: CodecSubject) => Promise<void> } = {
	"bytes come back": bytesRoundTrip,
	"input is never changed": bytesInput,
	"the result of encoding is memory of its own": bytesFresh,
	"the announced size holds": bytesSize,
	"bytes at any address and in shared memory": bytesAddress,
	"many at once do not mix": bytesConcurrent,
	"truncated bytes are CORRUPT": bytesTruncated,
	"changed bytes are CORRUPT, or decode to the size expected": bytesChanged,
	"what expands beyond its limit is CORRUPT": bytesLimit,
};
/** Byte strings of several lengths, compressible and not; the longest take the way of large chunks. */
function sampleBytes(): Uint8Array[] {
	const smooth = new Uint8Array(200_000);
	for (let at = 0; at < smooth.length; at += 256) smooth.fill(at >> 8, at, at + 256);
	return [0, 1, 7, 1000, 200_000].map((length) => noise(length)).concat(smooth);
}

/** Calls `run` with the codec in every configuration and with every sample. */
async function everySample(
	{ factory, configurations }: CodecSubject,
	run: (codec: BytesToBytesCodec, bytes: Uint8Array, what: string) => Promise<void>,
): Promise<void> {
	for (const configuration of configurations(1)) {
		const codec = factory.parse(configuration, specOf("uint8", [1]), pipeline) as BytesToBytesCodec;
		for (const bytes of sampleBytes())
			await run(codec, bytes, `${bytes.length} bytes ${JSON.stringify(configuration)}`);
	}
}

async function bytesRoundTrip(subject: CodecSubject): Promise<void> {
	await everySample(subject, async (codec, bytes, what) => {
		const encoded = await codec.encode(bytes);
		sameBytes(await codec.decode(encoded, exactly(bytes.length)), bytes, what);
		sameBytes(
			await codec.decode(encoded, { limit: 2 * bytes.length + 9, exact: false }),
			bytes,
			`${what}, size unknown`,
		);
	});
}

async function bytesInput(subject: CodecSubject): Promise<void> {
	await everySample(subject, async (codec, bytes, what) => {
		const encoded = await leavesAlone(bytes, what, () => codec.encode(bytes));
		await leavesAlone(encoded, what, () => codec.decode(encoded, exactly(bytes.length)));
	});
}

async function bytesFresh(subject: CodecSubject): Promise<void> {
	await everySample(subject, async (codec, bytes, what) => {
		const first = await codec.encode(bytes);
		const kept = new Uint8Array(first);
		check(first.buffer !== bytes.buffer, `${what}: the result is the input's own memory`);
		await codec.encode(noise(bytes.length, 7));
		sameBytes(first, kept, `${what}: the next encoding overwrote this one's result`);
	});
}

async function bytesSize(subject: CodecSubject): Promise<void> {
	await everySample(subject, async (codec, bytes, what) => {
		const encoded = await codec.encode(bytes);
		checkSize(encoded.length, codec.encodedSize(exactly(bytes.length)), what);
		const inexact = codec.encodedSize({ limit: bytes.length, exact: false });
		check(!inexact.exact, `${what}: something of unknown size became something of known size`);
	});
}

async function bytesAddress(subject: CodecSubject): Promise<void> {
	await everySample(subject, async (codec, bytes, what) => {
		const expected = await codec.encode(bytes);
		for (const copy of awkwardCopies(bytes)) sameBytes(await codec.encode(copy), expected, what);
		for (const copy of awkwardCopies(expected)) sameBytes(await codec.decode(copy, exactly(bytes.length)), bytes, what);
	});
}

async function bytesConcurrent(subject: CodecSubject): Promise<void> {
	await everySample(subject, async (codec, bytes, what) => {
		const inputs = Array.from({ length: 4 }, (_, i) => noise(bytes.length, i + 1));
		const encoded = await Promise.all(inputs.map((input) => codec.encode(input)));
		const decoded = await Promise.all(encoded.map((stored) => codec.decode(stored, exactly(bytes.length))));
		for (const [i, result] of decoded.entries()) sameBytes(result, inputs[i] as Uint8Array, `${what}, number ${i}`);
	});
}

async function bytesTruncated(subject: CodecSubject): Promise<void> {
	await everySample(subject, async (codec, bytes, what) => {
		const encoded = await codec.encode(bytes);
		const lengths = new Set([0, 1, 3, encoded.length >> 1, encoded.length - 4, encoded.length - 1]);
		for (const length of lengths)
			if (length >= 0 && length < encoded.length)
				await fails("CORRUPT", `${what} cut to ${length}`, () =>
					codec.decode(encoded.subarray(0, length), exactly(bytes.length)),
				);
	});
}

async function bytesChanged({ factory, configurations, detectsCorruption }: CodecSubject): Promise<void> {
	const bytes = Uint8Array.from({ length: 400 }, (_, i) => (i * i) >> 9);
	for (const configuration of configurations(1)) {
		const codec = factory.parse(configuration, specOf("uint8", [1]), pipeline) as BytesToBytesCodec;
		const encoded = await codec.encode(bytes);
		for (let at = 0; at < encoded.length; at++) {
			const changed = new Uint8Array(encoded);
			changed[at] = (changed[at] as number) ^ (1 << (at % 8));
			const what = `byte ${at} of ${encoded.length} changed, ${JSON.stringify(configuration)}`;
			const result = await decodedOrCorrupt(codec, changed, bytes.length, what);
			if (result === undefined) continue;
			check(result.length === bytes.length, `${what}: decoded to ${result.length} bytes`);
			if (detectsCorruption) sameBytes(result, bytes, `${what}, not noticed`);
		}
	}
}

async function decodedOrCorrupt(
	codec: BytesToBytesCodec,
	stored: Uint8Array,
	length: number,
	what: string,
): Promise<Uint8Array | undefined> {
	let result: Uint8Array | undefined;
	try {
		result = await codec.decode(stored, exactly(length));
	} catch (error) {
		await fails("CORRUPT", what, () => Promise.reject(error));
	}
	return result;
}

const BOMB_BYTES = 4 * 1024 * 1024;

async function bytesLimit(subject: CodecSubject): Promise<void> {
	for (const configuration of subject.configurations(1)) {
		const codec = subject.factory.parse(configuration, specOf("uint8", [1]), pipeline) as BytesToBytesCodec;
		const bomb = await codec.encode(new Uint8Array(BOMB_BYTES));
		if (bomb.length > BOMB_BYTES / 2) continue;
		for (const exact of [true, false])
			for (const limit of [0, 1000, BOMB_BYTES - 1])
				await fails("CORRUPT", `${BOMB_BYTES} bytes, ${limit} allowed`, () => codec.decode(bomb, { limit, exact }));
		await fails("CORRUPT", "fewer bytes than expected", () => codec.decode(bomb, exactly(BOMB_BYTES + 1)));
	}
}
