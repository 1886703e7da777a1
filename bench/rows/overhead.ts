import { connect, empty } from "tesserae";
import type { Bench, Group } from "../support/bench.js";
import { contestant, race } from "../support/measure.js";
import { limited } from "../support/row.js";

const CHUNKS = 100_000;
const CHUNK_ENTRIES = 256;

/** What the road itself costs: chunks so small that hardly anything is copied, and so many that planning them all ahead would show. */
export const overhead: Group = { "per-chunk": perChunk, "huge-grid": hugeGrid };

async function perChunk({ rounds, results }: Bench): Promise<void> {
	const connection = await connect("ram:");
	const data = empty([CHUNKS * CHUNK_ENTRIES], "float32");
	data.data.fill(1);
	const dataset = await connection.createDataset("small", { data, chunkShape: [CHUNK_ENTRIES], codecs: [] });
	const out = empty([CHUNKS * CHUNK_ENTRIES], "float32");
	const medians = await race([contestant("get out", () => dataset.get("...", { out }))], rounds);
	const microseconds = ((medians.get("get out")?.wall ?? Number.NaN) * 1000) / CHUNKS;
	results.rows.push(limited("get out, 10⁵ chunks of 1 KiB: per chunk", microseconds, { most: 5, unit: "µs" }));
	await connection.close();
}

async function hugeGrid({ rounds, results }: Bench): Promise<void> {
	const connection = await connect("ram:");
	const shape = [64_000, 64_000, 64_000];
	await connection.createDataset("huge", { shape, dtype: "float32", chunkShape: [64, 64, 64] });
	const openAndSlice = contestant("open and slice", async () => {
		const dataset = await connection.getDataset("huge");
		await dataset.get("32000, 1000:1100, ::1000");
	});
	const medians = await race([openAndSlice], rounds);
	const wall = medians.get("open and slice")?.wall ?? Number.NaN;
	results.rows.push(limited("open and slice, 10⁹ chunks", wall, { most: 50, unit: "ms" }));
	await connection.close();
}
