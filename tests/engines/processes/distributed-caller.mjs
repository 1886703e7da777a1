/** A caller to be killed: maps slowly, and says when workers have begun. */
import { connect, kernel } from "tesserae";
import { distributed } from "tesserae/engines/distributed";

const [target, redis, queue, kernels, log] = process.argv.slice(2);
const con = await connect(target, { engine: distributed({ redis, queue }), durability: "none" });
const ds = await con.getDataset("a");
await ds.map(kernel(kernels, "slowly", { ms: 200, log }), "b", { onProgress: () => process.send?.("progress") });
