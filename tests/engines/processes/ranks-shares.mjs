import { connect, kernel } from "tesserae";

const [target, file] = process.argv.slice(2);
const con = await connect(target, { engine: "ranks" });
const ds = await con.createDataset("a", { data: new Int32Array(20), chunkShape: [2] });
await ds.map(kernel(new URL("./ranks-kernels.mjs", import.meta.url), "noted", { file }), "b");
await con.close();
