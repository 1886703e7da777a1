import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { ByteSource, CodecConfiguration } from "../../dist/src/codecs/codec.js";
import { andThen, lazy } from "../../dist/src/codecs/maybe-promise.js";
import { pipeline } from "../../dist/src/codecs/pipeline.js";
import { dataType } from "../../dist/src/format/data-types.js";

const SPEC = { shape: [4, 8], dtype: dataType("float32"), fill: new Float32Array(1) };
const BYTES: CodecConfiguration = { name: "bytes", configuration: { endian: "little" } };

test("errors say what is wrong and what would be right", () => {
	const message = (codecs: readonly CodecConfiguration[]): string => {
		try {
			pipeline(codecs, SPEC);
		} catch (error) {
			return (error as Error).message;
		}
		return "accepted";
	};
	expect(message([])).toBe("codecs []: one of them must turn the array into bytes, e.g. bytes");
	expect(message([{ name: "gzip", configuration: { level: 1 } }, BYTES])).toBe(
		"codecs [gzip, bytes]: gzip takes bytes, but what comes before it gives an array",
	);
	expect(message([BYTES, { name: "transpose", configuration: { order: [0, 1] } }])).toBe(
		"codecs [bytes, transpose]: transpose takes an array, but bytes before it gives bytes",
	);
	expect(message([{ name: "bytes" }])).toBe('codec bytes: endian must be "little" or "big" for float32, it is missing');
	expect(message([BYTES, { name: "zstd", configuration: { level: 50 } }])).toBe(
		"codec zstd: level must be an integer from -131072 to 22, not 50",
	);
	expect(message([BYTES, { name: "crc32c", configuration: { seed: 1 } }])).toBe(
		'codec crc32c has no setting "seed": it takes none',
	);
	expect(message([BYTES, { name: "blosc2" }])).toMatch(/^codec "blosc2" is not supported: use one of .*zstd/);
});

test("a chunk of the wrong length says both lengths", () => {
	expect(() => pipeline([BYTES], SPEC).decode(new Uint8Array(100))).toThrow("chunk decodes to 100 bytes, 128 expected");
});

test("bytes that are the chunk's own are not copied unless fresh memory is asked for", () => {
	const data = new Float32Array(40);
	const chunk = { data, shape: [4, 8], stride: [8, 1], offset: 8 };
	const view = pipeline([BYTES], SPEC).encode(chunk, { fresh: false }) as Uint8Array;
	expect([view.buffer, view.byteOffset, view.length]).toEqual([data.buffer, 32, 128]);
});

test("a whole object is fetched once where its codecs cannot read parts", async () => {
	let fetched = 0;
	const source: ByteSource = {
		readAll: async () => {
			fetched++;
			return new Uint8Array(132);
		},
		read: () => Promise.reject(new Error("no ranges were to be read")),
	};
	const checked = pipeline([BYTES, { name: "crc32c" }], SPEC);
	expect(checked.parts).toBe(undefined);
	const sink = { values: () => undefined, missing: () => undefined };
	await expect(checked.readParts(source, [], sink)).rejects.toThrow(/checksum/);
	expect(fetched).toBe(1);
});

test("nothing is loaded before the first chunk", async () => {
	const script = `
		import { createRequire } from "node:module";
		import { pipeline } from "${new URL("../../dist/src/codecs/pipeline.js", import.meta.url)}";
		const { cache } = createRequire(import.meta.url);
		const spec = { shape: [1], dtype: { name: "uint8", itemSize: 1, wordSize: 1, components: 1, Array: Uint8Array } };
		const codecs = ["zstd", "gzip"].map((name) => ({ name, configuration: { level: 1 } }));
		const made = pipeline([{ name: "bytes" }, ...codecs, { name: "crc32c" }], spec);
		const before = Object.keys(cache).length;
		await made.encode({ data: new Uint8Array(1), shape: [1], stride: [1], offset: 0 }, { fresh: false });
		console.log(before, Object.keys(cache).length > 0);
	`;
	const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
	expect(stdout.trim()).toBe("0 true");
});

test("what is there is not waited for, and a failed load is tried again", async () => {
	expect(andThen(1, (value) => value + 1)).toBe(2);
	expect(await andThen(Promise.resolve(1), (value) => value + 1)).toBe(2);
	let calls = 0;
	const load = lazy(async () => {
		calls++;
		if (calls === 1) throw new Error("not yet");
		return calls;
	});
	await expect(load()).rejects.toThrow("not yet");
	expect(await load()).toBe(2);
	expect(load()).toBe(2);
});
