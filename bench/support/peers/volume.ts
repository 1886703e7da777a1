import { createHash } from "node:crypto";
import { join } from "node:path";
import { connect } from "tesserae";

/** How a volume is stored. The three of zarr_benchmarks. */
export interface Storage {
	readonly name: string;
	readonly title: string;
	/** Random boxes that are read of it: fewer where each costs whole stored chunks. */
	readonly boxes: number;
	readonly settings: {
		readonly chunkShape: readonly number[];
		readonly shardShape?: readonly number[];
		readonly codecs: readonly { readonly name: string; readonly configuration: { level: number; checksum: boolean } }[];
	};
}

/** Edge of the chunks that are stored as one object. */
export const STORED_EDGE = 256;
const INNER_EDGE = 64;
const STORED = Array<number>(3).fill(STORED_EDGE);
const INNER = Array<number>(3).fill(INNER_EDGE);

/** zstd's own default level, no checksum. */
const ZSTD = { name: "zstd", configuration: { level: 0, checksum: false } } as const;

export const STORAGES: readonly Storage[] = [
	{ name: "raw", title: "raw, 256³", boxes: 20, settings: { chunkShape: STORED, codecs: [] } },
	{ name: "zstd", title: "zstd, 256³", boxes: 20, settings: { chunkShape: STORED, codecs: [ZSTD] } },
	{
		name: "shards",
		title: "zstd, 64³ in shards of 256³",
		boxes: 1000,
		settings: { chunkShape: INNER, shardShape: STORED, codecs: [ZSTD] },
	},
];

/** Rows of axis 0 that are made at once. */
const SLAB_ROWS = 32;

/** The values of zarr_benchmarks: x + ⌊y² / 32⌋ + z³, modulo 2^16, which z changes along axis 0. */
function* slabs(edge: number): Generator<Uint16Array> {
	for (let first = 0; first < edge; first += SLAB_ROWS) {
		const slab = new Uint16Array(SLAB_ROWS * edge * edge);
		let at = 0;
		for (let z = first; z < first + SLAB_ROWS; z++)
			for (let y = 0; y < edge; y++) {
				const base = (z ** 3 + Math.floor(y ** 2 / 32)) % 2 ** 16;
				for (let x = 0; x < edge; x++) slab[at++] = base + x;
			}
		yield slab;
	}
}

/** Writes the volume; returns the digest that a side gives for all of it. */
export async function writeVolume(directory: string, { name, settings }: Storage, edge: number): Promise<string> {
	const hash = createHash("sha256");
	const source = {
		shape: [edge, edge, edge],
		dtype: "uint16" as const,
		async *slabs() {
			for (const data of slabs(edge)) {
				hash.update(new Uint8Array(data.buffer));
				yield { data, shape: [SLAB_ROWS, edge, edge] };
			}
		},
	};
	await using connection = await connect(`file:${join(directory, name)}`, { engine: "threads", durability: "none" });
	await connection.createDataset("", { data: source, ...settings });
	return createHash("sha256").update(hash.digest("hex")).digest("hex");
}
