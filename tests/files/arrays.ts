/** Arrays for files to hold, and datasets read back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NdArray, type NumericName, type SlabSource, type StoreError, type TypedArray } from "tesserae";
import { afterAll } from "vitest";
import { dataType } from "../../dist/src/format/data-types.js";
import { empty } from "../../dist/src/values/nd-array.js";

/** A directory that is removed after the tests of the file. */
export async function scratchDirectory(): Promise<(name: string) => string> {
	const directory = await mkdtemp(join(tmpdir(), "tesserae-files-"));
	afterAll(() => rm(directory, { recursive: true }));
	return (name) => join(directory, name);
}

export const DTYPES: readonly NumericName[] = [
	"bool",
	"int8",
	"int16",
	"int32",
	"int64",
	"uint8",
	"uint16",
	"uint32",
	"uint64",
	"float16",
	"float32",
	"float64",
	"complex64",
	"complex128",
	"r24",
];

/** Values that differ from one another, negative ones and fractions among them, where the type has them. */
export function sampleOf<D extends NumericName>(shape: readonly number[], dtype: D): NdArray<D> {
	const array = empty(shape, dtype);
	const { kind } = dataType(dtype);
	const data = array.data as unknown as { [i: number]: number | bigint; length: number };
	for (let i = 0; i < data.length; i++) {
		const sign = (kind === "i" || kind === "f" || kind === "c") && i % 2 === 1 ? -1 : 1;
		const number = kind === "b" ? i % 2 : kind === "f" || kind === "c" ? (i + 1) / 4 : (i + 1) % 127;
		data[i] = typeof data[i] === "bigint" ? BigInt(sign * number) * 2n ** 40n + 1n : sign * number;
	}
	return array;
}

/** What a source holds, as a dataset made of it. */
export async function loaded(source: SlabSource) {
	const connection = await connect("ram:");
	return connection.createDataset("loaded", { data: source });
}

/** What a source holds. */
export async function valuesOf(source: SlabSource): Promise<TypedArray> {
	return (await (await loaded(source)).get()).data;
}

export function bytesOf({ buffer, byteOffset, byteLength }: TypedArray): Buffer {
	return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** The error's code and message, for `toMatchObject`. */
export function refusal(code: StoreError["code"], message: RegExp) {
	return { name: "StoreError", code, message: expectMatch(message) };
}

function expectMatch(pattern: RegExp): { asymmetricMatch(text: unknown): boolean; toString(): string } {
	return {
		asymmetricMatch: (text) => typeof text === "string" && pattern.test(text) && !text.includes("undefined"),
		toString: () => `text matching ${pattern}`,
	};
}
