import type { Region } from "../selection/plan.js";
import type { ByteSource, ChunkData, MaybePromise, PartSink } from "./codec.js";

/** `readParts` for what cannot be read in parts: fetches and decodes the whole object. */
export async function readWhole(
	decoder: { decode(bytes: Uint8Array): MaybePromise<ChunkData> },
	source: ByteSource,
	region: Region,
	sink: PartSink,
): Promise<boolean> {
	const bytes = await source.readAll();
	if (bytes === undefined) return false;
	sink.values(await decoder.decode(bytes), region);
	return true;
}
