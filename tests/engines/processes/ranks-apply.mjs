// Applies x + 1, or goes on with it. Tells when it is at work, and when it is done.
import { connect, kernel } from "tesserae";

const con = await connect(process.argv[2], { engine: "ranks", durability: "none" });
const ds = await con.getDataset("a");
await con.barrier();
console.log(`at work ${process.pid}`);
await ds.apply(kernel(new URL("./ranks-kernels.mjs", import.meta.url), "plus", { n: 1 }), { resume: true });
console.log("applied");
await con.close();
