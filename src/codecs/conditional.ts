import { isStoreError, StoreError } from "../errors.js";
import { parseCodecs } from "../format/metadata-members.js";
import type {
	Allocate,
	BuildPipeline,
	BytesToBytesCodec,
	ChunkSpec,
	CodecFactory,
	Configuration,
	EncodedSize,
	MaybePromise,
} from "./codec.js";
import { checkMembers, invalidMember } from "./configuration.js";
import { checkedSize, corrupt } from "./corrupt.js";
import { andThen } from "./maybe-promise.js";

const NAME = "conditional";

/** No list of codecs is as long; more would be hostile metadata. */
const MOST_HEADER_BITS = 4096;

/**
 * Codecs of bytes of which each chunk says which were applied to it (zarr-extensions, codec `conditional`). Here those are applied that make a chunk no
 * longer.
 *
 * @param lookUp the codec of a name
 */
export function conditionalOf(lookUp: (name: string) => CodecFactory): CodecFactory {
	return {
		name: NAME,
		kind: "bytes-to-bytes",
		parse(configuration, spec, build) {
			checkMembers(NAME, configuration, ["codecs", "header_bits"]);
			const codecs = nested({ configuration, spec, build, lookUp });
			return conditional(codecs, headerBytesOf(configuration, codecs.length));
		},
	};
}

interface Nested {
	readonly configuration: Configuration;
	readonly spec: ChunkSpec;
	readonly build: BuildPipeline;
	readonly lookUp: (name: string) => CodecFactory;
}

function nested({ configuration, spec, build, lookUp }: Nested): BytesToBytesCodec[] {
	const wanted = "a list of codecs of bytes";
	try {
		return parseCodecs(configuration.codecs).map(({ name, configuration: settings }) => {
			const codec = lookUp(name).parse(settings ?? {}, spec, build);
			if (codec.kind !== "bytes-to-bytes") throw invalidMember(NAME, configuration, "codecs", wanted);
			return codec;
		});
	} catch (error) {
		if (!isStoreError(error)) throw error;
		const code = error.code === "CORRUPT" ? "INVALID_ARGUMENT" : error.code;
		throw new StoreError(code, `codec ${NAME}: codecs: ${error.message}`, { cause: error });
	}
}

function headerBytesOf(configuration: Configuration, count: number): number {
	const { header_bits: bits = 8 * Math.ceil(count / 8) } = configuration;
	const isWhole = typeof bits === "number" && Number.isInteger(bits / 8);
	if (isWhole && bits >= count && bits <= MOST_HEADER_BITS) return bits / 8;
	throw invalidMember(NAME, configuration, "header_bits", `a multiple of 8 from ${count} to ${MOST_HEADER_BITS}`);
}

function conditional(codecs: readonly BytesToBytesCodec[], headerBytes: number): BytesToBytesCodec {
	return {
		kind: "bytes-to-bytes",
		name: NAME,
		encodedSize(decoded) {
			const limit = codecs.reduce((most, codec) => {
				return Math.max(most, codec.encodedSize({ limit: most, exact: false }).limit);
			}, decoded.limit);
			return { limit: headerBytes + limit, exact: false };
		},
		encode: (bytes) =>
			andThen(applyWorthwhile(codecs, bytes), ({ content, applied }) => {
				const result = new Uint8Array(headerBytes + content.length);
				for (const i of applied) result[i >> 3] = (result[i >> 3] as number) | (1 << (i & 7));
				result.set(content, headerBytes);
				return result;
			}),
		decode(bytes, size, allocate) {
			const applied = appliedTo(bytes, codecs, headerBytes);
			return undo(applied, bytes.subarray(headerBytes), { size, allocate });
		},
	};
}

interface Encoding {
	readonly content: Uint8Array;
	/** Numbers of the codecs that were. */
	readonly applied: readonly number[];
}

function applyWorthwhile(codecs: readonly BytesToBytesCodec[], bytes: Uint8Array): MaybePromise<Encoding> {
	let encoding: MaybePromise<Encoding> = { content: bytes, applied: [] };
	codecs.forEach((codec, i) => {
		encoding = andThen(encoding, ({ content, applied }) =>
			andThen(codec.encode(content), (encoded) =>
				encoded.length <= content.length ? { content: encoded, applied: [...applied, i] } : { content, applied },
			),
		);
	});
	return encoding;
}

/** The codecs whose bit the header sets, the first has the lowest of the first byte. */
function appliedTo(
	bytes: Uint8Array,
	codecs: readonly BytesToBytesCodec[],
	headerBytes: number,
): readonly BytesToBytesCodec[] {
	if (bytes.length < headerBytes)
		throw corrupt(NAME, `${bytes.length} bytes are too few for a header of ${headerBytes}`);
	const applied: BytesToBytesCodec[] = [];
	for (let i = 0; i < 8 * headerBytes; i++) {
		if ((((bytes[i >> 3] as number) >> (i & 7)) & 1) === 0) continue;
		const codec = codecs[i];
		if (codec === undefined) throw corrupt(NAME, `the header names codec ${i}, there are ${codecs.length}`);
		applied.push(codec);
	}
	return applied;
}

function undo(
	applied: readonly BytesToBytesCodec[],
	encoded: Uint8Array,
	{ size, allocate }: { readonly size: EncodedSize; readonly allocate: Allocate | undefined },
): MaybePromise<Uint8Array> {
	const sizes = [size];
	for (const codec of applied) sizes.push(codec.encodedSize(sizes.at(-1) as EncodedSize));
	let content: MaybePromise<Uint8Array> = encoded;
	for (let i = applied.length - 1; i >= 0; i--) {
		const codec = applied[i] as BytesToBytesCodec;
		content = andThen(content, (bytes) => codec.decode(bytes, sizes[i] as EncodedSize, i === 0 ? allocate : undefined));
	}
	return andThen(content, (bytes) => checkedSize(bytes, size));
}
