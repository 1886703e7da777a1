import type { BytesToBytesCodec, CodecFactory, Configuration, EncodedSize } from "./codec.js";
import { checkMembers, integerMember, invalidMember } from "./configuration.js";
import { checkedSize } from "./corrupt.js";
import { decompressLzma, type LzmaFilter, type LzmaFormat, type LzmaLibrary } from "./lzma/decompress.js";
import { readOnly, requiredPackage } from "./read-only.js";

const name = "numcodecs.lzma";

/** Decompresses what Python's `lzma` module writes: `.xz`, `.lzma` and raw streams (numcodecs, codec `lzma`). */
export const lzma: CodecFactory = {
	name,
	kind: "bytes-to-bytes",
	parse(configuration): BytesToBytesCodec {
		const { format, filters } = settingsOf(configuration);
		return {
			...readOnly(name),
			async decode(bytes, size: EncodedSize) {
				const library = requiredPackage<LzmaLibrary>(name, "lzma-native");
				return checkedSize(await decompressLzma(library, bytes, { format, filters, limit: size.limit }), size);
			},
		};
	},
};

/** Python's numbers of the formats. */
const FORMATS: readonly LzmaFormat[] = ["xz", "alone", "raw"];

/** Of `check` and `preset` a reader needs nothing, and of `filters` only where the format does not tell them. */
function settingsOf(configuration: Configuration): { format: LzmaFormat; filters: readonly LzmaFilter[] } {
	checkMembers(name, configuration, ["format", "check", "preset", "filters"]);
	const format = FORMATS[integerMember(name, { format: 1, ...configuration }, "format", [1, 3]) - 1] as LzmaFormat;
	integerMember(name, { check: -1, ...configuration }, "check", [-1, 15]);
	const { preset, filters } = configuration;
	if ((preset ?? null) !== null) integerMember(name, configuration, "preset", [0, 2 ** 32 - 1]);
	if ((filters ?? null) === null && format !== "raw") return { format, filters: [] };
	if (Array.isArray(filters) && filters.length > 0)
		return { format, filters: filters.map((filter) => filterOf(configuration, filter)) };
	throw invalidMember(name, configuration, "filters", "a list of filters, without which nothing raw can be read");
}

/** liblzma's names of filters by their number in the format; Python's `lzma` uses the same. */
const FILTERS: ReadonlyMap<string, string> = new Map([
	["3", "FILTER_DELTA"],
	["4", "FILTER_X86"],
	["5", "FILTER_POWERPC"],
	["6", "FILTER_IA64"],
	["7", "FILTER_ARM"],
	["8", "FILTER_ARMTHUMB"],
	["9", "FILTER_SPARC"],
	["33", "FILTER_LZMA2"],
	["4611686018427387905", "FILTER_LZMA1"],
]);

/** The number of LZMA1, rounded as a reader of JSON without 64-bit integers has it. */
const ROUNDED_LZMA1 = 2 ** 62;

function filterOf(configuration: Configuration, filter: unknown): LzmaFilter {
	const { id, ...options } = (filter ?? {}) as { readonly [member: string]: unknown };
	const filterName = id === ROUNDED_LZMA1 ? "FILTER_LZMA1" : FILTERS.get(String(id));
	if (filterName === undefined) throw invalidMember(name, configuration, "filters", "a list of liblzma's filters");
	const numbers = Object.entries(options).filter(([, value]) => Number.isInteger(value)) as [string, number][];
	return { name: filterName, options: Object.fromEntries(numbers) };
}
