import { pipeline } from "../../../src/codecs/pipeline.js";
import type { CallOptions } from "../../../src/engine.js";
import type { Selection } from "../../../src/selection/selection.js";
import { writePieces } from "../file-access.js";
import { type SelectedValues, selectValues, type ValueOptions, type Values, valueBlocks } from "../selected-values.js";
import { formatNpyHeader } from "./header.js";
import { npyType } from "./types.js";

/**
 * Writes values as an npy file, little-endian and in C order, in bounded memory. The file appears when it is complete. Text of a fixed length
 * is `<U`, records are structured types.
 * @param selection what of them is written, by default everything
 * @throws StoreError UNSUPPORTED for text and byte strings of any length, and objects
 */
export async function writeNpy(
	path: string,
	values: Values,
	selection?: Selection,
	options: ValueOptions = {},
): Promise<void> {
	await writePieces(path, npyBytes(selectValues(values, selection, options), options));
}

/** What {@link writeNpy} writes, as bytes. */
export async function encodeNpy(
	values: Values,
	selection?: Selection,
	options: ValueOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
	const pieces: Uint8Array[] = [];
	for await (const piece of npyBytes(selectValues(values, selection, options), options)) pieces.push(piece);
	const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
	let at = 0;
	for (const piece of pieces) {
		bytes.set(piece, at);
		at += piece.length;
	}
	return bytes;
}

/** The npy file piece by piece. */
export async function* npyBytes(
	values: SelectedValues,
	options: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
	const { shape } = values;
	const dtype = npyType(values.dtype);
	yield formatNpyHeader(shape, dtype);
	for await (const { data } of valueBlocks(values, options)) {
		const count = data.length / dtype.components;
		const spec = { shape: [count], dtype, fill: new dtype.Array(dtype.components) };
		const codec = pipeline([{ name: "bytes", configuration: { endian: "little" } }], spec);
		yield await codec.encode({ data, shape: [count], stride: [dtype.components], offset: 0 }, { fresh: false });
	}
}
