/** Every clause of the codec suites must reject a codec that breaks it, and only what is broken. */

import { codecConformance, pipelineConformance } from "tesserae/conformance";
import { describe, expect, test } from "vitest";
import type { CodecSubject } from "../../dist/conformance/codec/subject.js";
import { blosc } from "../../dist/src/codecs/blosc.js";
import { bytes } from "../../dist/src/codecs/bytes.js";
import type {
	ArrayToArrayCodec,
	ArrayToBytesCodec,
	BuildPipeline,
	BytesToBytesCodec,
	Codec,
	CodecFactory,
	Pipeline,
} from "../../dist/src/codecs/codec.js";
import { crc32c } from "../../dist/src/codecs/crc32c.js";
import { pipeline } from "../../dist/src/codecs/pipeline.js";
import { transpose } from "../../dist/src/codecs/transpose.js";
import { zstd } from "../../dist/src/codecs/zstd.js";
import { bloscSubject } from "./numcodecs-subjects.js";
import { bytesSubject, crc32cSubject, transposeSubject, zstdSubject } from "./subjects.js";

type Register = (test: (name: string, body: () => Promise<void>) => void) => void;

/** Runs the one clause whose name ends so; a second run, with what is not broken, shows that the clause can be kept. */
function rejects(clause: string, broken: Register, sound: Register): void {
	test(clause, async () => {
		await expect(clauseOf(sound, clause)()).resolves.toBeUndefined();
		await expect(clauseOf(broken, clause)()).rejects.toThrow();
	});
}

function clauseOf(register: Register, clause: string): () => Promise<void> {
	const found: (() => Promise<void>)[] = [];
	register((name, body) => {
		if (name.endsWith(`: ${clause}`)) found.push(body);
	});
	expect(found).toHaveLength(1);
	return found[0] as () => Promise<void>;
}

/** A factory whose codecs are the sound ones with some members replaced. */
function altered<C extends Codec>(factory: CodecFactory, change: (sound: C) => Partial<C>): CodecFactory {
	return {
		...factory,
		parse: (...settings) => {
			const sound = factory.parse(...settings) as C;
			return { ...sound, ...change(sound) };
		},
	};
}

/** Takes any settings for `valid` ones. */
function careless(factory: CodecFactory, valid: { readonly [member: string]: unknown }): CodecFactory {
	return { ...factory, parse: (_, spec, build) => factory.parse(valid, spec, build) };
}

function codecTable(
	subject: (factory: CodecFactory) => CodecSubject,
	sound: CodecFactory,
	table: { readonly [clause: string]: CodecFactory },
): void {
	for (const [clause, broken] of Object.entries(table))
		rejects(
			clause,
			(register) => codecConformance(register, subject(broken)),
			(register) => codecConformance(register, subject(sound)),
		);
}

const strip = (stored: Uint8Array): Uint8Array => stored.subarray(0, Math.max(0, stored.length - 4));

describe("bytes → bytes", () => {
	const change = (how: (sound: BytesToBytesCodec) => Partial<BytesToBytesCodec>): CodecFactory => altered(crc32c, how);
	let reused = new Uint8Array(0);
	let last: Uint8Array = new Uint8Array(0);
	codecTable(crc32cSubject, crc32c, {
		"wrong settings are refused by name": careless(crc32c, {}),
		"what others stored decodes to what they meant": change((sound) => ({
			decode: (stored, size) =>
				sound.decode(
					Uint8Array.from(stored, (byte) => byte ^ 1),
					size,
				),
		})),
		"bytes come back": change((sound) => ({
			decode: async (stored, size) => new Uint8Array(await sound.decode(stored, size)).reverse(),
		})),
		"input is never changed": change((sound) => ({
			encode: (content) => sound.encode(content.fill(0, 0, 1)),
		})),
		"the result of encoding is memory of its own": change((sound) => ({
			encode: async (content) => {
				const encoded = await sound.encode(content);
				if (reused.length < encoded.length) reused = new Uint8Array(encoded.length);
				reused.set(encoded);
				return reused.subarray(0, encoded.length);
			},
		})),
		"the announced size holds": change(() => ({ encodedSize: (decoded) => decoded })),
		"bytes at any address and in shared memory": change((sound) => ({
			encode: (content) => sound.encode(new Uint8Array(content.buffer as ArrayBuffer, 0, content.length)),
		})),
		"many at once do not mix": change((sound) => ({
			encode: async (content) => {
				last = content;
				await Promise.resolve();
				return sound.encode(last);
			},
		})),
		"truncated bytes are CORRUPT": change(() => ({ decode: strip })),
		"changed bytes are CORRUPT, or decode to the size expected": change(() => ({ decode: strip })),
	});
	const flags = (stored: Uint8Array, change: (flags: number) => number): Uint8Array => {
		const altered = new Uint8Array(stored);
		altered[2] = change(altered[2] ?? 0);
		return altered;
	};
	codecTable(bloscSubject, blosc, {
		"wrong settings are refused by name": careless(blosc, { cname: "lz4", clevel: 1, shuffle: "noshuffle" }),
		"what others stored decodes to what they meant": altered<BytesToBytesCodec>(blosc, (sound) => ({
			decode: (stored, size) =>
				sound.decode(
					flags(stored, (told) => told & ~5),
					size,
				),
		})),
		"bytes come back": altered<BytesToBytesCodec>(blosc, (sound) => ({
			encode: async (content) => flags(await sound.encode(content), (told) => told ^ 1),
		})),
		"what expands beyond its limit is CORRUPT": altered<BytesToBytesCodec>(blosc, (sound) => ({
			decode: (stored) => sound.decode(stored, { limit: 2 ** 30, exact: false }),
		})),
	});
	codecTable(zstdSubject, zstd, {
		"what expands beyond its limit is CORRUPT": altered<BytesToBytesCodec>(zstd, (sound) => ({
			decode: (stored) => sound.decode(stored, { limit: 2 ** 30, exact: false }),
		})),
	});
});

describe("array → bytes", () => {
	const change = (how: (sound: ArrayToBytesCodec) => Partial<ArrayToBytesCodec>): CodecFactory => altered(bytes, how);
	codecTable(bytesSubject, bytes, {
		"wrong settings are refused by name": careless(bytes, { endian: "little" }),
		"what others stored decodes to what they meant": {
			...bytes,
			parse: (_, spec, build) => bytes.parse({ endian: "little" }, spec, build),
		},
		"values come back bit by bit": change((sound) => ({
			decode: async (stored) => {
				const chunk = await sound.decode(stored);
				return { ...chunk, shape: [...chunk.shape].reverse() };
			},
		})),
		"strided input gives the same bytes": change((sound) => ({
			encode: (chunk, options) => sound.encode({ ...chunk, stride: chunk.stride.map(Math.abs), offset: 0 }, options),
		})),
		"input is never changed": change((sound) => ({
			encode: (chunk, options) => {
				new Uint8Array((chunk.data as Uint8Array).buffer).reverse();
				return sound.encode(chunk, options);
			},
		})),
		"fresh memory is fresh": change((sound) => ({ encode: (chunk) => sound.encode(chunk, { fresh: false }) })),
		"the announced size holds": change(({ encodedSize }) => ({
			encodedSize: { limit: encodedSize.limit + 1, exact: true },
		})),
		"bytes at any address and in shared memory decode": change((sound) => ({
			decode: (stored) => sound.decode(new Uint8Array(stored.buffer, 0, stored.length)),
		})),
		"too few and too many bytes are CORRUPT": change((sound) => ({
			decode: (stored) => {
				const padded = new Uint8Array(sound.encodedSize.limit);
				padded.set(stored.subarray(0, padded.length));
				return sound.decode(padded);
			},
		})),
		"parts are what decoding the whole gives": change((sound) => ({
			readParts: (source, region, sink) =>
				sound.readParts(
					source,
					region.map((segment) => ({ ...segment, step: Math.abs(segment.step) })),
					sink,
				),
		})),
	});
});

describe("array → array", () => {
	const change = (how: (sound: ArrayToArrayCodec) => Partial<ArrayToArrayCodec>): CodecFactory =>
		altered(transpose, how);
	codecTable(transposeSubject, transpose, {
		"wrong settings are refused by name": careless(transpose, { order: [1, 0] }),
		"the encoded chunk has the announced shape, and decodes to the same values": change((sound) => ({
			decode: sound.encode,
		})),
		"a codec that only reorders axes takes parts of chunks": change((sound) => ({
			axes: sound.axes && [...sound.axes].sort(),
		})),
	});
});

describe("pipeline", () => {
	const change =
		(how: (sound: Pipeline) => Partial<Pipeline>): BuildPipeline =>
		(codecs, spec) => {
			const sound = pipeline(codecs, spec);
			return { ...sound, ...how(sound) };
		};
	const table: { readonly [clause: string]: BuildPipeline } = {
		"values come back bit by bit": change((sound) => ({
			decode: async (stored) => {
				const chunk = await sound.decode(stored);
				return { ...chunk, shape: [...chunk.shape].reverse() };
			},
		})),
		"strided input gives the same bytes": change((sound) => ({
			encode: (chunk, options) => sound.encode({ ...chunk, stride: chunk.stride.map(Math.abs), offset: 0 }, options),
		})),
		"input is never changed": change((sound) => ({
			encode: (chunk, options) => {
				chunk.data.reverse();
				return sound.encode(chunk, options);
			},
		})),
		"fresh memory is fresh": change((sound) => ({ encode: (chunk) => sound.encode(chunk, { fresh: false }) })),
		"the announced size holds": change(() => ({ encodedSize: 3 })),
		"bytes alone is decoded at once, in place": change((sound) => ({
			decode: (stored) => sound.decode(new Uint8Array(stored)),
		})),
		"truncated bytes are CORRUPT": change((sound) => ({
			decode: (stored) => {
				const padded = new Uint8Array(sound.encodedSize ?? stored.length);
				padded.set(stored);
				return sound.decode(padded);
			},
		})),
		"a changed byte under a checksum is CORRUPT": (codecs, spec) => {
			const unchecked = pipeline(
				codecs.filter(({ name }, i) => name !== "crc32c" || i !== codecs.length - 1),
				spec,
			);
			return { ...pipeline(codecs, spec), decode: (stored) => unchecked.decode(strip(stored)) };
		},
		"more bytes than a chunk has are CORRUPT": change((sound) => ({
			decode: async (stored) => {
				try {
					return await sound.decode(stored);
				} catch {
					return { data: new Uint8Array(1), shape: [1], stride: [1], offset: 0 };
				}
			},
		})),
		"parts are what decoding the whole gives": change((sound) => ({
			readParts: (source, region, sink) =>
				sound.readParts(source, region, { ...sink, values: (chunk, part) => sink.values(chunk, [...part].reverse()) }),
		})),
		"an object that does not exist has no parts": change((sound) => ({
			readParts: async (source, region, sink) => {
				if (!(await sound.readParts(source, region, sink))) sink.missing(region);
				return true;
			},
		})),
		"codecs in the wrong order are refused": (codecs, spec) =>
			pipeline(codecs.length === 0 ? [{ name: "bytes", configuration: { endian: "little" } }] : codecs, spec),
	};
	for (const [clause, broken] of Object.entries(table))
		rejects(
			clause,
			(register) => pipelineConformance(register, broken),
			(register) => pipelineConformance(register, pipeline),
		);
});

test("no clause is without a codec that breaks it", () => {
	const clauses = (register: Register): string[] => {
		const names: string[] = [];
		register((name) => names.push(name));
		return names;
	};
	expect(clauses((register) => codecConformance(register, crc32cSubject()))).toHaveLength(11);
	expect(clauses((register) => codecConformance(register, bytesSubject()))).toHaveLength(10);
	expect(clauses((register) => codecConformance(register, transposeSubject()))).toHaveLength(4);
	expect(clauses((register) => pipelineConformance(register, pipeline))).toHaveLength(12);
});
