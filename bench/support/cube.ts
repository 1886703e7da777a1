import { type Connection, connect, type Dataset, empty, type NdArray } from "tesserae";

/** The array that most rows read: float32, 256 MiB. */
export const SHAPE = [256, 512, 512] as const;

let cube: NdArray<"float32"> | undefined;

/** Slow waves with a little noise, as measured data have, so that compression has something to do. `peer.py` makes the same. */
export function values(): NdArray<"float32"> {
	if (cube !== undefined) return cube;
	cube = empty(SHAPE, "float32");
	for (let i = 0; i < cube.data.length; i++)
		cube.data[i] = ((i >>> 6) & 0xfff) * 16 + (Math.imul(i, 0x9e3779b1) >>> 28);
	return cube;
}

/** Zeros of the cube's shape, their pages touched. */
export function warmCube(options?: { readonly shared: boolean }): NdArray<"float32"> {
	const array = empty(SHAPE, "float32", options);
	array.data.fill(1);
	return array;
}

export type Codec = "raw" | "zstd";

export interface Cube {
	readonly connection: Connection;
	readonly dataset: Dataset<"float32">;
	readonly values: NdArray<"float32">;
}

/** The cube in memory, in cubic chunks of `side`. */
export async function ramCube(cube: NdArray<"float32">, side: number, codec: Codec): Promise<Cube> {
	const connection = await connect("ram:");
	const dataset = await connection.createDataset("cube", {
		data: cube,
		chunkShape: [side, side, side],
		codecs: codec === "raw" ? [] : [{ name: "zstd", configuration: { level: 1, checksum: false } }],
	});
	return { connection, dataset, values: cube };
}
