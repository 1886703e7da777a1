import { StoreError } from "../errors.js";
import { bytes } from "./bytes.js";
import type { ArrayToBytesCodec, ChunkSpec, CodecFactory, Configuration, EncodedSize } from "./codec.js";
import { checkMembers, choiceMember, integerMember, invalidMember } from "./configuration.js";
import { corrupt, wrongLength } from "./corrupt.js";
import { andThen } from "./maybe-promise.js";
import { type BitField, packFields, unpackFields } from "./packbits/fields.js";
import { readWhole } from "./read-whole.js";
import { bitsOf, type StoredBits } from "./stored-bits.js";

const NAME = "packbits";

const PADDING_ENCODINGS = ["none", "first_byte", "last_byte"] as const;

/** Numbers by as many bits as they have, or as the settings choose, without gaps (zarr-extensions, codec `packbits`). */
export const packbits: CodecFactory = {
	name: NAME,
	kind: "array-to-bytes",
	parse(configuration, spec, build): ArrayToBytesCodec {
		checkMembers(NAME, configuration, ["padding_encoding", "first_bit", "last_bit"]);
		const { dtype } = spec;
		const stored = bitsOf(dtype);
		if (stored === undefined)
			throw new StoreError("INVALID_ARGUMENT", `codec ${NAME} packs bool and numbers, not ${dtype.name}: use bytes`);
		const padding = choiceMember(
			NAME,
			{ padding_encoding: "none", ...configuration },
			"padding_encoding",
			PADDING_ENCODINGS,
		);
		const words = bytes.parse({ endian: "little" }, spec, build) as ArrayToBytesCodec;
		const field: BitField = { wordSize: dtype.wordSize, ...stored, ...chosenBits(configuration, stored) };
		return packing(spec, words, field, padding);
	},
};

/** The bits of each component that are stored, from `first` to `last`. */
function chosenBits(configuration: Configuration, { bits }: StoredBits): { first: number; last: number } {
	const [first, last] = [configuration.first_bit ?? 0, configuration.last_bit ?? bits - 1];
	const told = { first_bit: first, last_bit: last };
	const from = integerMember(NAME, told, "first_bit", [0, bits - 1]);
	const to = integerMember(NAME, told, "last_bit", [0, bits - 1]);
	if (to < from) throw invalidMember(NAME, told, "last_bit", `no less than first_bit, ${from}`);
	return { first: from, last: to };
}

/** Words come from the codec `bytes` and go to it, so that types are as on the store, whatever they are in memory. */
function packing(
	spec: ChunkSpec,
	words: ArrayToBytesCodec,
	field: BitField,
	padding: (typeof PADDING_ENCODINGS)[number],
): ArrayToBytesCodec {
	const count = spec.shape.reduce((product, length) => product * length, field.components);
	const bits = count * (field.last - field.first + 1);
	const packedSize = Math.ceil(bits / 8);
	const unused = 8 * packedSize - bits;
	const start = padding === "first_byte" ? 1 : 0;
	const size = packedSize + (padding === "none" ? 0 : 1);
	const encodedSize: EncodedSize = { limit: size, exact: true };
	const isPlain = padding === "none" && bits === 8 * words.encodedSize.limit;
	if (isPlain) return { ...words, name: NAME };
	const codec: ArrayToBytesCodec = {
		kind: "array-to-bytes",
		name: NAME,
		encodedSize,
		isInPlace: false,
		parts: undefined,
		encode: (chunk) =>
			andThen(words.encode(chunk, { fresh: false }), (plain) => {
				const packed = new Uint8Array(size);
				packFields(plain, packed.subarray(start, start + packedSize), field);
				if (padding !== "none") packed[start === 1 ? 0 : packedSize] = unused;
				return packed;
			}),
		decode(packed) {
			if (packed.length !== size) throw wrongLength(packed.length, size);
			const told = padding === "none" ? unused : packed[start === 1 ? 0 : packedSize];
			if (told !== unused) throw corrupt(NAME, `${told} bits are unused, ${unused} expected`);
			const plain = new Uint8Array(words.encodedSize.limit);
			unpackFields(packed.subarray(start, start + packedSize), plain, field);
			return words.decode(plain);
		},
		readParts: (source, region, sink) => readWhole(codec, source, region, sink),
	};
	return codec;
}
