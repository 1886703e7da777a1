/** A caller to be killed while workers do what takes them a minute. */
import { connect, kernel } from "tesserae";
import { distributed } from "tesserae/engines/distributed";

const [target, redis, queue, kernels, log] = process.argv.slice(2);
const con = await connect(target, { engine: distributed({ redis, queue }), durability: "none" });
const ds = await con.getDataset("a");
await ds.map(kernel(kernels, "slowly", { ms: 60_000, log }), "b");
