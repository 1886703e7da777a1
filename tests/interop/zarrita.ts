/** zarrita.js as a peer: arrays in a map of objects, written and read as a user of it does. */
import * as zarrita from "zarrita";
import type { Json, JsonObject } from "../../dist/src/format/json.js";
import type { ArrayDocument } from "./documents.js";
import type { Objects, PackView, WrittenRow } from "./packs.js";
import { toText } from "./peers.js";

const storeOf = (objects: Objects) => ({
	get: async (key: string) => objects.get(key.slice(1)),
	getRange: async (key: string, range: { offset: number; length: number } | { suffixLength: number }) => {
		const bytes = objects.get(key.slice(1));
		if (bytes === undefined) return undefined;
		if ("suffixLength" in range) return bytes.slice(-range.suffixLength);
		return bytes.slice(range.offset, range.offset + range.length);
	},
	set: async (key: string, value: Uint8Array) => {
		objects.set(key.slice(1), value.slice());
	},
});

/** An array of zarrita's: typed, or of strings; booleans and byte strings are classes of their own over a buffer. */
interface Chunk {
	readonly data: ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };
	readonly shape: readonly number[];
	readonly stride: readonly number[];
}

function* places({ shape, stride }: Chunk, axis = 0, at = 0): Generator<number, void, undefined> {
	if (axis === shape.length) yield at;
	else
		for (let i = 0; i < (shape[axis] ?? 0); i++)
			yield* places({ shape, stride } as Chunk, axis + 1, at + i * (stride[axis] ?? 0));
}

/** The elements in row-major order, as `packs.py` has them. */
function wireOf(chunk: Chunk): Json {
	const { data } = chunk;
	if (Array.isArray(data)) return Array.from(places(chunk), (at) => data[at]);
	const size = data.BYTES_PER_ELEMENT;
	const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
	return toText(
		Uint8Array.from(Array.from(places(chunk), (at) => [...bytes.subarray(at * size, (at + 1) * size)]).flat()),
	);
}

const CLASSES = {
	...{
		bool: Uint8Array,
		int8: Int8Array,
		int16: Int16Array,
		int32: Int32Array,
		int64: BigInt64Array,
		uint8: Uint8Array,
	},
	...{ uint16: Uint16Array, uint32: Uint32Array, uint64: BigUint64Array, float32: Float32Array, float64: Float64Array },
} as { readonly [dtype: string]: new (buffer: ArrayBuffer) => ArrayBufferView };

/** Values that came as bytes, as zarrita's class of the type. */
function dataOf(dtype: string, wire: Json): unknown {
	if (Array.isArray(wire)) return wire;
	const buffer = new Uint8Array(Buffer.from(wire as string, "base64")).buffer;
	if (dtype === "bool") return new zarrita.BoolArray(buffer);
	const Class = CLASSES[dtype] ?? (globalThis as { Float16Array?: typeof Float32Array }).Float16Array;
	if (Class === undefined) throw new Error(`${dtype} has no class here`);
	return new Class(buffer);
}

async function readOne(objects: Objects, name: string): Promise<PackView> {
	const array = await zarrita.open.v3(zarrita.root(storeOf(objects)).resolve(name), { kind: "array" });
	const whole = (await zarrita.get(array as never)) as unknown;
	const isScalar = array.shape.length === 0;
	const chunk = (isScalar ? await array.getChunk([]) : whole) as Chunk;
	return { shape: array.shape, values: wireOf({ ...chunk, data: chunk.data }) };
}

export async function readByZarrita(objects: Objects, names: readonly string[]): Promise<{ [name: string]: PackView }> {
	const views: { [name: string]: PackView } = {};
	for (const name of names)
		views[name] = await readOne(objects, name).catch((error: Error) => ({ error: `${error.name}: ${error.message}` }));
	return views;
}

async function writeOne(objects: Objects, { name, document, region, values }: WrittenRow): Promise<void> {
	const { shape, data_type, chunk_grid, chunk_key_encoding, codecs, fill_value } = document as ArrayDocument;
	if (chunk_key_encoding.name !== "default") throw new Error("zarrita writes the key encoding default only");
	const array = await zarrita.create(zarrita.root(storeOf(objects)).resolve(name), {
		shape: [...shape],
		chunkShape: [...chunk_grid.configuration.chunk_shape],
		dtype: data_type as never,
		codecs: codecs as unknown as { name: string; configuration: JsonObject }[],
		fillValue: fill_value as never,
		chunkSeparator: chunk_key_encoding.configuration.separator,
	});
	const data = dataOf(data_type, values) as { length: number; [at: number]: unknown; get?(at: number): unknown };
	if (shape.length === 0) return zarrita.set(array, null, (data.get?.(0) ?? data[0]) as never);
	const lengths = region.map(([start, stop]) => stop - start);
	const stride = lengths.map((_, d) => lengths.slice(d + 1).reduce((product, length) => product * length, 1));
	const selection = region.map(([start, stop]) => zarrita.slice(start, stop));
	await zarrita.set(array, selection, { data, shape: lengths, stride } as never);
}

/** Makes the arrays; what fails is told by name. */
export async function writeByZarrita(rows: readonly WrittenRow[]) {
	const objects: Objects = new Map();
	const failures: { [name: string]: string } = {};
	for (const row of rows)
		await writeOne(objects, row).catch((error: Error) => {
			failures[row.name] = `${error.name}: ${error.message}`;
		});
	return { objects, failures };
}
