/** Real stores to begin from, written by the library, or by others where it only reads. */
import { type Connection, type CreateOptions, connect } from "tesserae";

/** Every object of a store by its key. */
export type Objects = Map<string, Uint8Array>;

type Codecs = Exclude<CreateOptions["codecs"], undefined>;

const numbers = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => (i * 7) % 100);
const transpose = { name: "transpose", configuration: { order: [1, 0] } };
const little = { name: "bytes", configuration: { endian: "little" } };
const blosc = (cname: string, shuffle: string): Codecs[number] => ({
	name: "blosc",
	configuration: { cname, clevel: 5, shuffle, typesize: 4, blocksize: 0 },
});
const shards = (configuration: object): Codecs[number] => ({
	name: "sharding_indexed",
	configuration: configuration as never,
});
const numcodecs = (id: string, configuration?: { readonly [member: string]: unknown }): Codecs[number] => ({
	name: `numcodecs.${id}`,
	...(configuration && { configuration }),
});

/** Each is the options of a dataset, named by what is particular about it. */
const DATASETS: { readonly [name: string]: Partial<CreateOptions> } = {
	raw: { codecs: ["bytes"] },
	big: { dtype: "float64", codecs: [{ name: "bytes", configuration: { endian: "big" } }] },
	gzip: { codecs: ["bytes", "gzip"], attributes: { unit: "mm", deep: { list: [1, 2.5, null, "x"] } } },
	zstd: { codecs: ["bytes", "zstd"], dimensionNames: ["y", null] },
	checked: { dtype: "uint64", fillValue: 2n ** 63n, codecs: [transpose, "bytes", "crc32c"] },
	half: { dtype: "float16", fillValue: Number.NaN, codecs: ["bytes", "zstd", "crc32c"] },
	complex: { dtype: "complex64", codecs: ["bytes", "gzip"] },
	flags: { dtype: "bool", codecs: [numcodecs("packbits"), "bytes"] },
	lz4: { codecs: ["bytes", blosc("lz4", "shuffle")] },
	lz4hc: { codecs: ["bytes", blosc("lz4hc", "bitshuffle")] },
	blosclz: { codecs: ["bytes", blosc("blosclz", "noshuffle")] },
	snappy: { codecs: ["bytes", blosc("snappy", "shuffle")] },
	bloscZlib: { codecs: ["bytes", blosc("zlib", "shuffle")] },
	bloscZstd: { codecs: ["bytes", blosc("zstd", "bitshuffle")] },
	plainLz4: { codecs: ["bytes", numcodecs("lz4")] },
	plainZlib: { codecs: ["bytes", numcodecs("zlib"), numcodecs("fletcher32")] },
	delta: { codecs: [numcodecs("delta"), "bytes", numcodecs("shuffle", { elementsize: 4 }), numcodecs("adler32")] },
	scaled: {
		dtype: "float32",
		codecs: [numcodecs("fixedscaleoffset", { scale: 2, offset: 1, astype: "<u2" }), "bytes", numcodecs("crc32")],
	},
	cast: {
		dtype: "int8",
		codecs: [numcodecs("astype", { encode_dtype: "<f8" }), little, numcodecs("jenkins_lookup3")],
	},
	rounded: { dtype: "float64", codecs: [numcodecs("quantize", { digits: 2 }), "bytes", "gzip", "gzip"] },
	sharded: { shardShape: [4, 6] },
	shardedRaw: {
		shardShape: [4, 6],
		codecs: [shards({ codecs: ["bytes"], index_codecs: ["bytes"], index_location: "start" })],
	},
	shardedTurned: {
		chunkShape: [4, 6],
		codecs: [transpose, shards({ chunk_shape: [3, 2], codecs: [transpose, little, "zstd"] }), "gzip"],
	},
	nested: {
		chunkShape: [4, 6],
		codecs: [
			shards({
				chunk_shape: [4, 3],
				codecs: [shards({ chunk_shape: [2, 3], codecs: ["bytes"], index_codecs: ["bytes"] })],
				index_codecs: ["bytes"],
			}),
		],
	},
	scalar: { shape: [], chunkShape: [] },
	empty: { shape: [0, 7] },
	dotted: { chunkKeyEncoding: { name: "v2", separator: "." } },
};

/** Written in format 2; each with what numcodecs calls filters and compressors. */
const OF_V2: { readonly [name: string]: Partial<CreateOptions> } = {
	v2: { dimensionNames: ["y", "x"], attributes: { unit: "s" } },
	v2f: { codecs: [transpose, "bytes", "gzip"] },
	v2delta: { codecs: [numcodecs("delta"), "bytes", blosc("lz4", "shuffle")] },
	v2raw: { dtype: "uint8", codecs: ["bytes"], chunkKeyEncoding: { name: "v2", separator: "/" } },
};

const BZ2 =
	"425a6839314159265359a5bde70c00016540007f002000508600295340f245332914d24536914e2453a914f2453e2ee48a70a1214b7bce18";
const XZ =
	"fd377a585a000004e6d6b4460200210116000000742fe5a3e0138700265d00000052500a84f9b21484c0d41f8dcbfad97115317148cec96a65407b58974dc7e8a2c0ae0000000000782bea213a9aad2f00014288270000006e13b63db1c467fb020000000004595a";
/** One chunk of 5000 bytes, each by a compressor that the library only reads. */
const READ_ONLY: { readonly [name: string]: readonly [compressor: object, digits: string] } = {
	bz2: [{ id: "bz2", level: 9 }, BZ2],
	lzma: [{ id: "lzma", format: 1, check: -1, preset: null, filters: null }, XZ],
};

/** The stores, each of one array at `a`, and some of several nodes with consolidated metadata. */
export async function writeStores(): Promise<Map<string, Objects>> {
	const stores = new Map<string, Objects>();
	for (const [name, options] of Object.entries(DATASETS)) stores.set(name, await written((con) => fill(con, options)));
	for (const [name, options] of Object.entries(OF_V2))
		stores.set(name, await written((con) => fill(con, { ...options, format: 2 })));
	stores.set("consolidated", await written(consolidate({})));
	stores.set("consolidatedV2", await written(consolidate({ format: 2 })));
	for (const [name, [compressor, digits]] of Object.entries(READ_ONLY)) stores.set(name, foreign(compressor, digits));
	return stores;
}

async function written(write: (con: Connection) => Promise<void>): Promise<Objects> {
	const con = await connect("ram:");
	await write(con);
	const objects: Objects = new Map();
	for await (const { key } of con.backend.list("")) {
		const bytes = (await con.backend.get(key))?.parts[0];
		if (bytes !== undefined) objects.set(key, new Uint8Array(bytes));
	}
	await con.close();
	return objects;
}

async function fill(con: Connection, options: Partial<CreateOptions>, name = "a"): Promise<void> {
	const ds = await con.createDataset(name, { shape: [5, 7], dtype: "int32", chunkShape: [2, 3], ...options });
	const data = numbers(ds.size).map((value) => (ds.dtype === "bool" ? value % 2 : value));
	if (ds.dtype === "complex64") await ds.set("1:4", [1, -2]);
	else await ds.set("...", { data, shape: ds.shape }, { casting: "unsafe" });
}

function consolidate(options: Partial<CreateOptions>): (con: Connection) => Promise<void> {
	return async (con) => {
		await fill(con, options);
		await fill(con, { ...options, dtype: "uint8" }, "g/b");
		await fill(con, { ...options, shape: [3], chunkShape: [2] }, "g/h/c");
		await con.consolidateMetadata("");
	};
}

function foreign(compressor: object, digits: string): Objects {
	const document = {
		...{ zarr_format: 2, shape: [5000], chunks: [5000], dtype: "|u1", order: "C", filters: null },
		...{ fill_value: 0, compressor },
	};
	return new Map([
		["a/.zarray", new TextEncoder().encode(JSON.stringify(document))],
		["a/0", Uint8Array.from(Buffer.from(digits, "hex"))],
	]);
}
