import { connect } from "tesserae";
import { openAny } from "tesserae/files";
import type { Volume } from "./volume.js";

/** A volume that was read from a file. */
export interface Scan extends Volume {
	/** Names of its axes, where the file has them. */
	readonly dimensionNames: readonly (string | null)[] | undefined;
}

/**
 * Reads a volume as float32 by its file's ending: NIfTI (`.nii`, `.nii.gz`; scaled as the file says), `.npy`, `.h5#/path` and what else
 * `openAny` knows.
 * @throws Error where it has other than three axes
 */
export async function readScan(path: string): Promise<Scan> {
	const source = await openAny(path, { scaled: true });
	const { shape } = source;
	if (shape.length !== 3 || shape.includes(0))
		throw new Error(`${path} has shape [${shape.join(", ")}]: a volume has three axes, none of them empty`);
	await using memory = await connect("ram:");
	const volume = await memory.createDataset("volume", { shape, dtype: "float32", codecs: ["bytes"] });
	await volume.load(source);
	const { data } = await volume.get();
	return { data, shape, dimensionNames: source.dimensionNames };
}
