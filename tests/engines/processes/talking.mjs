/** Maps a kernel that prints. With an argument the connection is left open. The process must end by itself. */
import { connect, kernel } from "tesserae";

const connection = await connect("ram:", { engine: "cluster", workers: 1 });
const ds = await connection.createDataset("a", { shape: [2], dtype: "float32", chunkShape: [1] });
await ds.map(kernel(new URL("./cluster-kernels.mjs", import.meta.url), "say"), "b");
if (process.argv.length === 2) await connection.close();
