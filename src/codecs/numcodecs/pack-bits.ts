import { StoreError } from "../../errors.js";
import { dataType, type TypedArray } from "../../format/data-types.js";
import type { ChunkSpec, CodecFactory } from "../codec.js";
import { checkMembers } from "../configuration.js";
import { corrupt } from "../corrupt.js";
import { valuesCodec } from "./values-codec.js";

const NAME = "numcodecs.packbits";

/** Eight booleans to a byte, the first in the highest bit, after a byte with the number of unused bits (numcodecs, `packbits`). */
export const packBits: CodecFactory = {
	name: NAME,
	kind: "array-to-array",
	parse(configuration, spec) {
		checkMembers(NAME, configuration, []);
		if (spec.dtype.name !== "bool")
			throw new StoreError("INVALID_ARGUMENT", `codec ${NAME} packs bool, not ${spec.dtype.name}: leave it out`);
		const count = spec.shape.reduce((product, length) => product * length, 1);
		const packed: ChunkSpec = { shape: [1 + Math.ceil(count / 8)], dtype: dataType("uint8"), fill: new Uint8Array(1) };
		return valuesCodec(NAME, spec, packed, { encode: pack, decode: (bytes) => unpack(bytes, count) });
	},
};

function pack(values: TypedArray): Uint8Array {
	const bytes = new Uint8Array(1 + Math.ceil(values.length / 8));
	bytes[0] = -values.length & 7;
	for (let i = 0; i < values.length; i++)
		if (values[i]) bytes[1 + (i >>> 3)] = (bytes[1 + (i >>> 3)] as number) | (0x80 >> (i & 7));
	return bytes;
}

function unpack(bytes: TypedArray, count: number): Uint8Array {
	const unused = -count & 7;
	if (bytes[0] !== unused) throw corrupt(NAME, `${bytes[0]} bits are unused, ${unused} expected`);
	const values = new Uint8Array(count);
	for (let i = 0; i < count; i++) values[i] = ((bytes[1 + (i >>> 3)] as number) >> (7 - (i & 7))) & 1;
	return values;
}
