/** Maps a kernel that never ends, over the store and in the directory that it is given. */
import { connect, kernel } from "tesserae";

const [target, directory] = process.argv.slice(2);
const connection = await connect(target, { engine: "cluster", workers: 2 });
const ds = await connection.createDataset("a", { shape: [8], dtype: "float32", chunkShape: [1] });
const stop = new AbortController();
process.on("SIGINT", () => stop.abort());
const forever = kernel(new URL("./cluster-kernels.mjs", import.meta.url), "forever", { directory });
await ds.map(forever, "b", { signal: stop.signal }).catch(({ code }) => console.log(code));
await connection.close();
