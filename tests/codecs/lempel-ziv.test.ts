/** What the compressors of our own make, where bytes repeat in ways that formats have limits for. */
import { expect, test } from "vitest";
import { bloscImplementations, bloscOver } from "../../dist/src/codecs/blosc.js";
import type { BytesToBytesCodec, ChunkSpec, Configuration } from "../../dist/src/codecs/codec.js";
import { lz4, lz4Implementations, lz4Over } from "../../dist/src/codecs/lz4.js";
import { pipeline } from "../../dist/src/codecs/pipeline.js";
import { dataType } from "../../dist/src/format/data-types.js";

const SPEC: ChunkSpec = { shape: [1], dtype: dataType("uint8"), fill: new Uint8Array(1) };

const MANY = 300_000;

/** Pseudo-random, the same in every run. */
function noise(length: number, values = 256, seed = 1): Uint8Array {
	let state = seed;
	return Uint8Array.from({ length }, () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return (state >>> 24) % values;
	});
}

/** Noise that comes again after so many bytes. */
function repeating(distance: number, length: number): Uint8Array {
	const period = noise(distance);
	return Uint8Array.from({ length }, (_, i) => period[i % distance] as number);
}

/** Noise with runs of so many equal bytes in it. */
function runs(lengths: readonly number[]): Uint8Array {
	return Uint8Array.from(
		lengths.flatMap((length, i) => [...noise(20, 256, i + 1), ...new Array<number>(length).fill(i)]),
	);
}

const SHORT_LENGTHS = Array.from({ length: 300 }, (_, i) => i);

const CONTENTS: { readonly [what: string]: Uint8Array } = {
	nothing: new Uint8Array(0),
	"one byte": Uint8Array.of(7),
	zeros: new Uint8Array(MANY),
	noise: noise(MANY),
	"noise of few values": noise(MANY, 3),
	"a period of 2": repeating(2, MANY),
	"a period of 3": repeating(3, MANY),
	"a period of 5": repeating(5, MANY),
	"the last near distance of Snappy": repeating(2047, MANY),
	"the first far distance of Snappy": repeating(2048, MANY),
	"the last near distance of BloscLZ": repeating(8191, MANY),
	"the first far distance of BloscLZ": repeating(8192, MANY),
	"the next far distance of BloscLZ": repeating(8193, MANY),
	"the last distance of LZ4": repeating(65535, MANY),
	"too far for LZ4": repeating(65536, MANY),
	"runs of every short length": runs(SHORT_LENGTHS),
	"runs of long lengths": runs([1000, 4096, 65535, 65536, 70_000, 15 + 255 * 3, 19 + 255 * 3, 64 * 7, 64 * 7 + 1]),
	...Object.fromEntries(SHORT_LENGTHS.slice(0, 40).map((length) => [`${length} equal bytes`, new Uint8Array(length)])),
};

function codecOf(factory: typeof lz4, configuration: Configuration): BytesToBytesCodec {
	return factory.parse(configuration, SPEC, pipeline) as BytesToBytesCodec;
}

async function checkRoundTrip(codec: BytesToBytesCodec, content: Uint8Array): Promise<Uint8Array> {
	const encoded = await codec.encode(content);
	const decoded = await codec.decode(encoded, { limit: content.length, exact: true });
	expect(Buffer.compare(decoded, content)).toBe(0);
	return encoded;
}

const COMPRESSORS = ["lz4", "lz4hc", "blosclz", "snappy"].flatMap((cname) =>
	[1, 5, 9].map((clevel) => ({ cname, clevel, shuffle: "noshuffle", blocksize: 1 << 20 })),
);

test.each(Object.entries(CONTENTS))("%s", async (_, content) => {
	for (const load of Object.values(lz4Implementations))
		if ((await load()) !== undefined)
			for (const acceleration of [1, 3, 2 ** 31 - 1])
				await checkRoundTrip(codecOf(lz4Over(load as Parameters<typeof lz4Over>[0]), { acceleration }), content);
	for (const libraries of Object.values(bloscImplementations))
		for (const configuration of COMPRESSORS)
			await checkRoundTrip(codecOf(bloscOver(libraries()), configuration), content);
});

test("what repeats becomes small", async () => {
	for (const configuration of COMPRESSORS) {
		const codec = codecOf(bloscOver(bloscImplementations.portable?.() as never), configuration);
		for (const what of ["zeros", "a period of 5", "the first far distance of BloscLZ", "the last distance of LZ4"])
			expect((await checkRoundTrip(codec, CONTENTS[what] as Uint8Array)).length).toBeLessThan(MANY / 2);
	}
});

test("an input is not matched with those before it, after more than 2 GiB in all", async () => {
	const codec = codecOf(lz4, {});
	const large = new Uint8Array(2 ** 27);
	const small = noise(1000, 2);
	for (let i = 0; i < 17; i++) {
		await codec.encode(large);
		await checkRoundTrip(codec, small);
	}
});

test("LZ4 has a limit of its own", async () => {
	const beyond = { length: 0x7e000001 } as Uint8Array;
	await expect((async () => codecOf(lz4, {}).encode(beyond))()).rejects.toMatchObject({
		code: "TOO_LARGE",
		message: expect.stringContaining("2113929216"),
	});
});
