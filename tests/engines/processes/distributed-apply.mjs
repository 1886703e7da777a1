/** A caller to be killed: goes on with an apply, or begins it. */
import { connect, kernel } from "tesserae";
import { distributed } from "tesserae/engines/distributed";

const [target, redis, queue, kernels] = process.argv.slice(2);
const con = await connect(target, { engine: distributed({ redis, queue }), durability: "none", log: "error" });
const ds = await con.getDataset("a");
await ds.apply(kernel(kernels, "slowly", { ms: 150 }), { resume: true });
await con.close();
