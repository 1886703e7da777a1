/** A side of `npm run bench:peers`: this library. `node tesserae-side.js ENGINE [out]`; with `out`, results go to memory that is there. */
import { type Connection, connect, type Dataset, empty, type NdArray, slice } from "tesserae";
import { versionIn } from "../support/machine.js";
import type { Box } from "../support/peers/commands.js";
import { serveCommands } from "../support/peers/serve-commands.js";

const [engine = "sequential", how] = process.argv.slice(2);
const opened = new Map<string, Promise<{ readonly connection: Connection; readonly dataset: Dataset<"uint16"> }>>();

function open(path: string, flushed = false): ReturnType<typeof openNow> {
	const place = `${path} ${flushed}`;
	const found = opened.get(place) ?? openNow(path, flushed);
	opened.set(place, found);
	return found;
}

async function openNow(path: string, flushed: boolean) {
	const connection = await connect(`file:${path}`, { engine, durability: flushed ? "fsync" : "none" });
	return { connection, dataset: await connection.getDataset("", { dtype: "uint16" }) };
}

const slices = (box: Box) => box.map(([start, stop, step]) => slice(start, stop, step));

const outs = new Map<string, NdArray<"uint16">>();

/** One array per lane and shape. */
function outFor(box: Box, lane: number): NdArray<"uint16"> {
	const shape = box.map(([start, stop, step]) => Math.ceil((stop - start) / step));
	const key = `${lane}: ${shape}`;
	const out = outs.get(key) ?? empty(shape, "uint16", { shared: engine === "threads" });
	outs.set(key, out);
	return out;
}

await serveCommands({
	versions: { tesserae: versionIn("package.json") },
	async reader(path) {
		const { dataset } = await open(path);
		return async (box, lane) => {
			const out = how === "out" ? outFor(box, lane) : undefined;
			return (await dataset.get(slices(box), { out })).data;
		};
	},
	async copier({ path, to, flushed }) {
		const { dataset: source } = await open(path);
		const connection = await connect(`file:${to}`, { engine, durability: flushed ? "fsync" : "none" });
		const { shape, dtype, chunkShape, shardShape, codecs } = source;
		// Another fill value, or the chunks would be copied as they are stored, without decoding.
		const fillValue = 1;
		const target = await connection.createDataset("", { shape, dtype, chunkShape, shardShape, codecs, fillValue });
		return async () => {
			await target.load(source);
			await connection.close();
		};
	},
	async overwriter({ path, from, to, box, flushed }) {
		const { dataset: source } = await open(path);
		const values = await source.get(slices(from));
		const { dataset: target } = await open(to, flushed);
		return () => target.set(slices(box), values);
	},
});
