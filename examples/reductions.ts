/** Statistics of a dataset: computed chunk by chunk, with the same bits on every engine. */
import { connect, slice } from "tesserae";

const [BINS, WIDTH] = [13, 50];

await using con = await connect("ram:");

// two populations, and a few measurements that failed
const values = Float32Array.from({ length: 200 * 300 }, (_, i) => {
	const noise = 12 * Math.random() + 12 * Math.random() + 12 * Math.random();
	return i % 1000 === 0 ? Number.NaN : noise + (i % 3 === 0 ? 40 : 10);
});
const scan = { data: { data: values, shape: [200, 300] }, dtype: "float32", chunkShape: [64, 64] } as const;
const ds = await con.createDataset("scan", scan);

const skipNaN = true;
const rounded = (value: number): string => value.toFixed(2);
console.log(ds.toString());
console.log(`min  ${rounded(await ds.min({ skipNaN }))}   (without skipNaN: ${await ds.min()})`);
console.log(`max  ${rounded(await ds.max({ skipNaN }))}`);
console.log(`mean ${rounded(await ds.mean({ skipNaN }))}`);
console.log(`std  ${rounded(await ds.std({ skipNaN, ddof: 1 }))}`);

const { counts, edges } = await ds.histogram({ bins: BINS, skipNaN });
const most = Math.max(...counts);
for (const [bin, count] of counts.entries()) {
	const from = rounded(edges[bin] as number).padStart(6);
	console.log(`${from} ${"#".repeat(Math.round((WIDTH * count) / most)).padEnd(WIDTH)} ${count}`);
}

// along axes, of a part, and whatever else a function over the chunks can tell
const columns = await ds.mean({ axes: 0, skipNaN, selection: [slice(0, 100), slice(null, null, 100)] });
const missing = await ds.reduce<number>(
	(block) => block.data.filter(Number.isNaN).length,
	(total, part) => total + part,
);
console.log(`means of columns 0, 100 and 200: ${[...columns.data].map(rounded).join(", ")}; ${missing} values are NaN`);
