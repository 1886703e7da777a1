/** Who cannot read or write what of the matrix. Each entry is proved by `matrix.test.ts` both ways: what it names fails, all else holds. */
import { CHAINS, LAYOUTS, type Row } from "./matrix.js";
import type { PackerName } from "./packs.js";
import { TYPES } from "./types.js";

export type Party = "ours" | PackerName;
export const PARTIES: readonly { readonly party: Party; readonly title: string }[] = [
	{ party: "ours", title: "tesserae" },
	{ party: "zarr", title: "zarr-python" },
	{ party: "tensorstore", title: "TensorStore" },
	{ party: "zarrita", title: "zarrita.js" },
];

export type Way = "reads" | "writes";

interface Gap {
	readonly party: Party;
	/** Both by default. */
	readonly way?: Way;
	/** Names; what is left out means all of them. */
	readonly types?: readonly string[];
	readonly chains?: readonly string[];
	readonly layouts?: readonly string[];
	readonly why: string;
}

const namesOf = (all: readonly { readonly name: string }[], pattern: RegExp): string[] =>
	all.map(({ name }) => name).filter((name) => pattern.test(name));
const chains = (pattern: RegExp): string[] => namesOf(CHAINS, pattern);
const layouts = (pattern: RegExp): string[] => namesOf(LAYOUTS, pattern);
const types = (pattern: RegExp): string[] => namesOf(TYPES, pattern);

/** zarrita needs the class for it; Node has it from version 24 on. */
const hasFloat16 = "Float16Array" in globalThis;

const GAPS: readonly Gap[] = [
	{ party: "ours", way: "writes", chains: chains(/bz2|lzma/), why: "it has no encoder for them" },
	{ party: "tensorstore", chains: chains(/^numcodecs/), why: "it does not know the codecs of numcodecs" },
	{
		party: "zarr",
		way: "writes",
		chains: chains(/delta|fixedscaleoffset|numcodecs.packbits/),
		layouts: layouts(/^order F|transposed within/),
		why: "these codecs take values in the order in which a transposed array lies in memory, not in that of its axes, so that it does not read back itself what it wrote",
	},
	{
		party: "zarr",
		way: "writes",
		types: types(/^(string|bytes)$/),
		layouts: layouts(/^order F|transposed within/),
		why: "it takes them, too, in the order in which a transposed array lies in memory",
	},
	{ party: "zarr", types: types(/^struct\[|^u?int[24]$|^bfloat|^float[468]_/), why: "it does not know these types" },
	{
		party: "tensorstore",
		types: types(/^(string|bytes)$|^fixed_length_utf32|^numpy|^struct|^uint[24]$|^float6_|^float8_e4m3$/),
		why: "it does not know these types, and of records it opens single fields",
	},
	{
		party: "tensorstore",
		types: types(/e8m0fnu/),
		layouts: layouts(/missing/),
		why: "it takes the number 1 as fill value of that type for 2^-64",
	},
	{
		party: "tensorstore",
		way: "reads",
		types: types(/e8m0fnu/),
		layouts: ["nested shards"],
		why: "likewise, of inner chunks that hold nothing else",
	},
	{
		party: "zarr",
		way: "writes",
		types: types(/^structured/),
		layouts: layouts(/shards/),
		why: "it puts no records into shards",
	},
	{
		party: "zarrita",
		types: types(/^(bytes|fixed_length|struct|numpy|u?int[24]$|bfloat|float[468]_)/),
		why: "it does not know these types",
	},
	{ party: "zarrita", way: "writes", types: types(/^string$/), why: "it has no encoder for them" },
	{
		party: "zarrita",
		types: ["string"],
		chains: ["numcodecs.shuffle"],
		why: "it wants a data type of fixed size for that codec, whatever `elementsize` says",
	},
	{
		party: "tensorstore",
		chains: chains(/^(packbits|bitround|scale_offset|cast_value)$/),
		why: "it does not know these codecs",
	},
	{
		party: "zarr",
		chains: chains(/^(packbits|bitround|scale_offset|cast_value)$/),
		why: "it does not know these codecs",
	},
	{ party: "zarrita", chains: chains(/^packbits$/), why: "it does not know it" },
	{
		party: "zarrita",
		way: "writes",
		chains: chains(/^(numcodecs\.)?bitround$|^scale_offset$|^cast_value$/),
		why: "it has no encoder for them",
	},
	{ party: "ours", way: "writes", types: types(/^structured/), why: "its name is `struct` now" },
	{ party: "zarrita", types: types(/^complex/), why: "it has no complex numbers" },
	...(hasFloat16 ? [] : [{ party: "zarrita", types: ["float16"], why: "" } as const]),
	{
		party: "zarrita",
		chains: chains(
			/^numcodecs.(bz2|lzma|crc32|crc32c|adler32|fletcher32|jenkins_lookup3|fixedscaleoffset|quantize|astype|packbits)$/,
		),
		why: "it does not know these codecs",
	},
	{ party: "zarrita", way: "writes", chains: chains(/gzip|crc32c|zlib$/), why: "it has no encoder for them" },
	{ party: "zarrita", way: "writes", layouts: layouts(/shards/), why: "it writes no shards" },
	{ party: "zarrita", way: "writes", layouts: layouts(/keys of v2/), why: "its `create` has no option for that" },
	{ party: "zarrita", layouts: layouts(/twice/), why: "it takes the first of several transpositions for all of them" },
	{ party: "zarrita", way: "reads", layouts: layouts(/at the start/), why: "it looks for the index at the end" },
	{ party: "zarrita", way: "reads", layouts: ["nested shards"], why: "it has none" },
	{
		party: "zarrita",
		types: ["bool"],
		chains: ["bytes, big endian", "zstd with checksum"],
		why: "where `bytes` is big endian it swaps the bytes of booleans, which are one byte each",
	},
	{ party: "zarrita", way: "reads", layouts: layouts(/around/), why: "it ignores codecs around shards" },
	{ party: "zarrita", layouts: ["empty"], why: "it does not read or set a selection of nothing" },
];

/** Why a party cannot carry a row that way; undefined where it can. */
export function gapOf(party: Party, way: Way, { type, chain, layout }: Row): string | undefined {
	return GAPS.find(
		(gap) =>
			gap.party === party &&
			(gap.way ?? way) === way &&
			(gap.types?.includes(type.name) ?? true) &&
			(gap.chains?.includes(chain.name) ?? true) &&
			(gap.layouts?.includes(layout.name) ?? true),
	)?.why;
}

type Dimension = "types" | "chains" | "layouts";

function cell(party: Party, dimension: Dimension, name: string): string {
	const can = (way: Way): boolean =>
		!GAPS.some((gap) => {
			const others = (["types", "chains", "layouts"] as const).filter((one) => one !== dimension);
			const isAll = others.every((one) => gap[one] === undefined);
			return gap.party === party && (gap.way ?? way) === way && isAll && gap[dimension]?.includes(name);
		});
	return [can("reads") ? "reads" : "", can("writes") ? "writes" : ""].filter(Boolean).join(", ") || "–";
}

function table(title: string, dimension: Dimension, names: readonly string[]): string {
	const rows = names.map((name) => [`\`${name}\``, ...PARTIES.map(({ party }) => cell(party, dimension, name))]);
	const head = [title, ...PARTIES.map((party) => party.title)];
	return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function note({ party, way, types: t, chains: c, layouts: l, why }: Gap): string[] {
	const parts = [t, c, l].filter((names) => names !== undefined);
	if (why === "") return [];
	const title = PARTIES.find((one) => one.party === party)?.title;
	const what = parts.map((names) => names.map((name) => `\`${name}\``).join(", ")).join(" with ");
	const does = { reads: "read", writes: "write", both: "read or write" }[way ?? "both"];
	return [`- ${title} does not ${does} ${what}: ${why}.`];
}

/** What `support.md` says. */
export function supportText(): string {
	const notes = GAPS.flatMap(note);
	return [
		"# Who reads and writes what",
		"Written by `npx vitest run tests/interop/matrix.test.ts -u` from `support.ts`; every cell is proved by that test, in both directions with tesserae.",
		"## Data types",
		table(
			"data type",
			"types",
			TYPES.map(({ name }) => name),
		),
		"zarrita.js has `float16` where there is `Float16Array`: in Node from version 24 on.",
		"## Codecs",
		table(
			"codecs",
			"chains",
			CHAINS.map(({ name }) => name),
		),
		"## Layouts",
		table(
			"layout",
			"layouts",
			LAYOUTS.map(({ name }) => name),
		),
		"## Why not",
		notes.join("\n"),
		"",
	].join("\n\n");
}
