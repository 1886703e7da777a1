/** Damage to documents that leaves them JSON, mostly. */
import type { Random } from "./random.js";

type Parent = { [member: string]: unknown };

/** Stands in a value for text that `JSON.stringify` cannot write; what is between the marks goes out as it is. */
const raw = (text: string): string => `\u0001${text}\u0002`;
const RAW = /"\\u0001(.*?)\\u0002"/g;

const NUMBERS: readonly unknown[] = [
	...[0, 1, -1, 2, 3, 1.5, 255, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 1e300, -(2 ** 53)],
	...["4611686018427387904", "18446744073709551615", "-0.0", "1e999", "-1e999", "NaN", "1e-400"].map(raw),
	raw("9".repeat(400)),
	raw("9".repeat(5000)),
];
const TEXTS: readonly string[] = [
	...[
		"",
		"/",
		".",
		"..",
		"__proto__",
		"constructor",
		"toString",
		"\0",
		"a\0b",
		"\ud800",
		"\ufeff",
		"NaN",
		"0x7fc00001",
	],
	...["bytes", "gzip", "zstd", "blosc", "crc32c", "transpose", "sharding_indexed", "regular", "default", "v2"],
	...["numcodecs.delta", "numcodecs.astype", "numcodecs.packbits", "numcodecs.lzma", "numcodecs.bz2", "numcodecs.lz4"],
	...["int8", "uint64", "float16", "complex128", "bool", "r24", "r8388608", "<f8", "|S5", "|V3", "|O", "<U4", "array"],
	...["group", "little", "big", "start", "inline", "F", "C", "x".repeat(10_000), "1e5", "-1"],
];
const NAMES: readonly string[] = [
	...["zarr_format", "node_type", "shape", "data_type", "chunk_grid", "codecs", "name", "configuration", "order"],
	...["must_understand", "chunk_shape", "index_codecs", "index_location", "separator", "level", "typesize", "id"],
	...["fill_value", "dimension_names", "storage_transformers", "consolidated_metadata", "metadata", "kind", "dtype"],
	...[
		"filters",
		"compressor",
		"chunks",
		"tesserae_trim",
		"encode_dtype",
		"astype",
		"__proto__",
		"hasOwnProperty",
		"",
		"x".repeat(5000),
	],
];

function anything(random: Random): unknown {
	switch (random.below(9)) {
		case 0:
			return random.pick([null, true, false]);
		case 1:
		case 2:
		case 3:
			return random.pick(NUMBERS);
		case 4:
		case 5:
			return random.pick(TEXTS);
		case 6:
			return Array.from({ length: random.below(5) }, () => anything(random));
		case 7:
			return Object.fromEntries(
				Array.from({ length: random.below(4) }, () => [random.pick(NAMES), anything(random)] as const),
			);
		default:
			return raw(random.pick([nested("[", "]", 100), nested('{"a":', "}", 600), nested("[", "]", 100_000)]));
	}
}

function nested(open: string, close: string, depth: number): string {
	return `${open.repeat(depth)}1${close.repeat(depth)}`;
}

/** One place within a document. */
interface Place {
	readonly parent: Parent;
	readonly member: string;
}

/** What an earlier mutation nested deeper is left alone. */
const DEEPEST = 40;

function placesIn(value: unknown, places: Place[], depth = 0): Place[] {
	if (typeof value !== "object" || value === null || depth > DEEPEST) return places;
	for (const member of Object.keys(value)) {
		places.push({ parent: value as Parent, member });
		placesIn((value as Parent)[member], places, depth + 1);
	}
	return places;
}

/** The document, changed in one to four places. */
export function mutateJson(random: Random, bytes: Uint8Array): Uint8Array {
	let document: unknown;
	let text: string;
	try {
		document = JSON.parse(new TextDecoder().decode(bytes));
	} catch {
		return bytes;
	}
	const holder: Parent = { document };
	try {
		for (let times = 1 + random.below(random.pick([1, 2, 4])); times > 0; times--) change(random, holder);
		text = (JSON.stringify(holder.document) ?? "").replace(RAW, (_, piece: string) => piece);
	} catch {
		// Nested too deep to be copied or written by the runtime.
		return bytes;
	}
	return new TextEncoder().encode(random.oneIn(8) ? repeatMember(random, text) : text);
}

function change(random: Random, holder: Parent): void {
	const places = placesIn(holder, []);
	const { parent, member } = random.pick(places);
	const value = parent[member];
	switch (random.below(9)) {
		case 0:
			if (Array.isArray(parent)) parent.splice(Number(member), 1);
			else if (parent !== holder) delete parent[member];
			return;
		case 1:
			Object.defineProperty(parent, random.pick(NAMES), { value: anything(random), enumerable: true, writable: true });
			return;
		case 2:
			parent[member] = [value];
			return;
		case 3: {
			const other = random.pick(places);
			parent[member] = structuredClone(other.parent[other.member]);
			return;
		}
		case 4:
			if (typeof value === "number") parent[member] = value + random.pick([1, -1, 0.5, 2 ** 31]);
			else if (Array.isArray(value)) value.push(anything(random));
			else parent[member] = anything(random);
			return;
		case 5:
			addCodec(random, places);
			return;
		default:
			parent[member] = anything(random);
	}
}

/** Well-formed by themselves, so that what they make of one another is tried. */
const CODECS: readonly object[] = [
	...["bytes", "crc32c", "numcodecs.crc32", "numcodecs.adler32", "numcodecs.fletcher32", "numcodecs.jenkins_lookup3"],
	...["numcodecs.zlib", "numcodecs.lz4", "numcodecs.bz2", "numcodecs.lzma", "numcodecs.delta", "numcodecs.packbits"],
]
	.map((name): object => ({ name, configuration: {} }))
	.concat(
		...[
			{ name: "bytes", configuration: { endian: "big" } },
			{ name: "gzip", configuration: { level: 1 } },
			{ name: "zstd", configuration: { level: 1, checksum: false } },
			{ name: "transpose", configuration: { order: [1, 0] } },
			{ name: "numcodecs.astype", configuration: { encode_dtype: "<f8" } },
			{ name: "numcodecs.shuffle", configuration: { elementsize: 4 } },
			{ name: "sharding_indexed", configuration: { chunk_shape: [1, 1], codecs: ["bytes"], index_codecs: ["bytes"] } },
		],
	);
const FILTERS: readonly object[] = [
	...["delta", "packbits", "zlib", "lz4", "bz2", "lzma", "crc32", "shuffle", "zstd", "blosc", "vlen-utf8", "pickle"],
].map((id): object => ({ id }));

/** Into a list of codecs or filters, once or many times. */
function addCodec(random: Random, places: readonly Place[]): void {
	const lists = places.filter(({ member }) => /codecs$|^filters$/.test(member));
	if (lists.length === 0) return;
	const { parent, member } = random.pick(lists);
	const old = parent[member];
	const list = Array.isArray(old) ? old : [];
	const added = random.pick(member === "filters" ? FILTERS : CODECS);
	const times = random.pick([1, 1, 1, 3, 100]);
	list.splice(random.below(list.length + 1), 0, ...Array.from({ length: times }, () => structuredClone(added)));
	parent[member] = list;
}

/** A member stands twice. */
function repeatMember(random: Random, text: string): string {
	const value = JSON.stringify(anything(random)).replace(RAW, (_, piece: string) => piece);
	return text.replace("{", `{${JSON.stringify(random.pick(NAMES))}:${value},`);
}
