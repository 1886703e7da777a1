/** Waits for a kernel that never ends, with nothing else that would keep the process alive; prints the error's code. */
import { connect } from "tesserae";

const con = await connect("ram:", { timeout: 500 });
const ds = await con.createDataset("a", { data: new Float32Array(4) });
await ds.map(() => new Promise(() => {}), "b").catch(({ code }) => console.log(code));
await con.close();
