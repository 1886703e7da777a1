/** Chunks: the grid that an array is cut into, what a selection touches of it, and chunks one by one. */
import { connect, type Dataset, type StoreError } from "tesserae";

await using con = await connect("ram:");
const map = await con.createDataset("map", { shape: [100, 150], dtype: "uint8", chunkShape: [40, 40] });
console.log(`${map}: a grid of ${map.chunkGrid.join(" × ")}, ${map.totalChunks} in all`);

// Without chunkShape it is 1 to 4 MiB, as near to a cube as the axes allow.
const film = await con.createDataset("film", { shape: [5000, 1080, 1920], dtype: "uint8" });
console.log(`${film}`);

// A write stores the chunks that it meets; of what is nothing but fill value nothing is stored.
await map.set("30:60, 70:130", 7);
console.log(await picture(map));

// What a `get` would do, before it does it.
console.log(map.explain("35, ::50"));

// One chunk: where it is, what it holds, reading and writing within it. Selections count from its own corner.
const corner = map.chunk([2, 3]);
console.log(`chunk ${corner.coords} begins at ${corner.origin}, holds ${corner.shape.join(" × ")}, key ${corner.key}`);
console.log("stored:", await corner.exists(), "value:", (await corner.get("0, 0")).data[0]);
await corner.set("-1", 5);
console.log("stored:", await corner.exists(), "last row:", (await map.get("-1, 118:124")).data.join(" "));

// By their coordinates: create (only where there is none), look up, delete.
await map.createChunk([2, 0], 1);
await map.deleteChunk([0, 2]);
console.log(await map.hasChunk([2, 0]), await map.hasChunk([0, 2]));
for (const coords of [
	[2, 1],
	[3, 0],
])
	await map.getChunk(coords).catch((error: StoreError) => console.log(`${error.code}: ${error.message}`));

// Those that are stored, or all of the grid, with their values.
const filled = [];
for await (const chunk of map.chunks({ stored: true })) filled.push(String(chunk.coords));
console.log(filled.sort().join(" | "));
for await (const chunk of map.chunks()) {
	const { data } = await chunk.get();
	console.log(`${chunk.coords}: ${data.filter((value) => value > 0).length} of ${data.length} above 0`);
}

/** The chunk grid: `#` where a chunk is stored. */
async function picture(dataset: Dataset): Promise<string> {
	const [rows = 0, columns = 0] = dataset.chunkGrid;
	const lines = Array.from({ length: rows }, () => ".".repeat(columns).split(""));
	for await (const { coords } of dataset.chunks({ stored: true })) {
		const [row = 0, column = 0] = coords;
		lines[row]?.splice(column, 1, "#");
	}
	return lines.map((line) => line.join(" ")).join("\n");
}
