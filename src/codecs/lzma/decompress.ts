import { StoreError } from "../../errors.js";
import { corrupt, tooLong } from "../corrupt.js";
import { joined, tight } from "../memory.js";

export type LzmaFormat = "xz" | "alone" | "raw";

export interface LzmaFilter {
	/** As the library names its number. */
	readonly name: string;
	readonly options: { readonly [option: string]: number };
}

/** What is used of `lzma-native`, which is optional and may not be installed. */
export interface LzmaLibrary {
	createStream(coder: string, options: { readonly [option: string]: unknown }): LzmaStream;
	readonly [constant: string]: unknown;
}

interface LzmaStream {
	on(event: "data", listener: (piece: Uint8Array) => void): void;
	on(event: "end", listener: () => void): void;
	on(event: "error", listener: (error: Error) => void): void;
	write(piece: Uint8Array, done: () => void): unknown;
	end(): unknown;
	destroy(): unknown;
}

const CODERS = { xz: "streamDecoder", alone: "aloneDecoder", raw: "rawDecoder" };

/** Handed over at once: a byte expands to 7000 at most, so this bounds by how much the limit can be overrun. */
const STEP_BYTES = 2048;

/** The dictionary of the highest preset, 64 MiB, fits thrice; others must say in a header what they need, and could say anything. */
const MEMORY_BYTES = 256 * 1024 * 1024;

/**
 * The content of an LZMA stream.
 *
 * @throws StoreError CORRUPT; UNSUPPORTED where it asks for more than 256 MiB for itself
 */
export function decompressLzma(
	library: LzmaLibrary,
	bytes: Uint8Array,
	settings: { readonly format: LzmaFormat; readonly filters: readonly LzmaFilter[]; readonly limit: number },
): Promise<Uint8Array> {
	const { format, limit } = settings;
	const options = format === "raw" ? { filters: filtersOf(library, settings) } : { memlimit: MEMORY_BYTES };
	return new Promise((resolve, reject) => {
		const stream = library.createStream(CODERS[format], options);
		const pieces: Uint8Array[] = [];
		let total = 0;
		let hasFailed = false;
		const fail = (error: StoreError): void => {
			hasFailed = true;
			stream.destroy();
			reject(error);
		};
		stream.on("error", (error) => fail(explained(error)));
		stream.on("end", () => resolve(tight(joined(pieces))));
		stream.on("data", (piece) => {
			total += piece.length;
			if (total > limit) fail(tooLong(limit));
			else pieces.push(piece);
		});
		const feed = (at: number): void => {
			if (hasFailed) return;
			if (at >= bytes.length) stream.end();
			else stream.write(bytes.slice(at, at + STEP_BYTES), () => feed(at + STEP_BYTES));
		};
		feed(0);
	});
}

const LEAST_DICTIONARY = 4096;
const LARGEST_PRESET_DICTIONARY = 64 * 1024 * 1024;

/** With no larger dictionary than the content can make use of, whatever was asked of the writer. */
function filtersOf(
	library: LzmaLibrary,
	{ filters, limit }: { readonly filters: readonly LzmaFilter[]; readonly limit: number },
): unknown[] {
	return filters.map(({ name, options }) => {
		const id = library[name];
		if (name === "FILTER_DELTA") return { id, options };
		if (!name.startsWith("FILTER_LZMA")) return { id };
		const { dict_size: asked = LARGEST_PRESET_DICTIONARY, ...others } = options;
		return { id, options: { ...others, dictSize: Math.min(asked, Math.max(LEAST_DICTIONARY, limit)) } };
	});
}

function explained(error: Error): StoreError {
	if (!error.message.startsWith("LZMA_MEMLIMIT_ERROR")) return corrupt("lzma", error.message, error);
	const reason = `lzma: a chunk that needs more than ${MEMORY_BYTES} bytes of memory to decompress`;
	return new StoreError("UNSUPPORTED", reason, { cause: error });
}
