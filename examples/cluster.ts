/** The engine `cluster`: kernels in processes of their own, which may crash without taking the program, or a single chunk, with them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, kernel, type Progress, type StoreError } from "tesserae";

const directory = await mkdtemp(join(tmpdir(), "cluster-"));
const con = await connect(`file:${directory}/numbers.zarr`, { engine: "cluster", workers: 2 });
const data = Float64Array.from({ length: 16_000 }, (_, n) => n);
const numbers = await con.createDataset("numbers", { data, chunkShape: [1000] });
const fragile = (name: string) =>
	kernel(new URL("./kernels/fragile.js", import.meta.url), name, { marker: join(directory, "marker") });

// One process is lost on the way: what it had is done again by others, and the call says how many chunks those were.
let again = 0;
const onProgress = ({ retries = 0 }: Progress): void => {
	again = retries;
};
const squares = await numbers.map(fragile("square"), "squares", { onProgress });
console.log(`${again} chunks were done again, all are right: ${(await squares.at(15_999)) === 15_999 ** 2}`);

// A chunk that ends every process which tries it is named.
const hopeless = await numbers.map(fragile("hopeless"), "nothing").catch((error: StoreError) => error);
console.log(`${hopeless}`);

// A kernel that never ends does not hold up a call that is cancelled.
const signal = AbortSignal.timeout(500);
const endless = await numbers.map(fragile("endless"), "nothing", { signal }).catch((error: StoreError) => error);
console.log(`${endless}`);

// Statistics are computed there, too; `get` and `set` are work of this process.
console.log(await squares.sum(), await squares.get("-2:"));

await con.close();
await rm(directory, { recursive: true });
