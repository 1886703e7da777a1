/** Text as HDF5 stores it: UTF-8 in as many bytes each, filled up with NULs. */
import { StoreError } from "../../../src/errors.js";
import { utf32Type } from "../../../src/format/boxed-types.js";
import type { DataType } from "../../../src/format/data-types.js";
import type { Hdf5Dataset } from "./library.js";

/** HDF5's number for the class of strings, and its ways of ending them. */
const STRING = 3;
const [TERMINATED, , SPACES] = [0, 1, 2];

/** How the texts of a dataset lie in the file. */
export interface TextLayout {
	/** Bytes of each. */
	readonly size: number;
	/** Text ends at the first NUL, before the last NULs, or before the last spaces as well. */
	readonly ending: "first" | "NULs" | "spaces";
	/** Data type that holds all such. */
	readonly dtype: DataType;
}

/** Undefined where values are no text of a fixed size. */
export function textLayout({ type, size, vlen, strpad }: Hdf5Dataset["metadata"]): TextLayout | undefined {
	if (type !== STRING || vlen) return undefined;
	const ending = strpad === TERMINATED ? "first" : strpad === SPACES ? "spaces" : "NULs";
	return { size, ending, dtype: utf32Type(4 * size) };
}

/** @throws StoreError CORRUPT where bytes are no UTF-8 */
export function decodeTexts(bytes: Uint8Array, { size, ending }: TextLayout, what: string): string[] {
	const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
	return Array.from({ length: bytes.length / size }, (_, i) => {
		const text = bytes.subarray(i * size, (i + 1) * size);
		const end = ending === "first" ? text.indexOf(0) : -1;
		try {
			const whole = decoder.decode(end < 0 ? text : text.subarray(0, end)).replace(/\0+$/, "");
			return ending === "spaces" ? whole.replace(/ +$/, "") : whole;
		} catch (cause) {
			throw new StoreError("CORRUPT", `${what}: text ${i} of a slab is no UTF-8`, { cause });
		}
	});
}

/** @throws StoreError INVALID_ARGUMENT for lone surrogates, which have no UTF-8 */
export function encodeTexts(texts: readonly string[], size: number): Uint8Array {
	const bytes = new Uint8Array(texts.length * size);
	const encoder = new TextEncoder();
	for (const [i, text] of texts.entries()) {
		if (/\p{Surrogate}/u.test(text))
			throw new StoreError("INVALID_ARGUMENT", `${JSON.stringify(text)} has a lone surrogate, which HDF5 cannot hold`);
		encoder.encodeInto(text, bytes.subarray(i * size, (i + 1) * size));
	}
	return bytes;
}
