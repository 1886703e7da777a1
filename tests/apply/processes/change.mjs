/** Changes the dataset `a` of a store, going on with what was interrupted; a byte is printed for each chunk, and `done` at the end. */
import { connect, kernel } from "tesserae";

const [target, work, connection = "{}"] = process.argv.slice(2);
const con = await connected();
const ds = await con.getDataset("a");
const kernelOf = (name) => kernel(new URL("./kernels.mjs", import.meta.url), name);
const options = { resume: true, onProgress: () => process.stdout.write(".") };
if (work === "apply") await ds.apply(kernelOf("addOne"), options);
else if (work === "long apply") await ds.apply(kernelOf("addOneAtLength"), options);
else if (work === "apply with a halo") await ds.apply(kernelOf("window"), { halo: 1, ...options });
else if (work === "map") await ds.map(kernelOf("addOne"), "out", options);
else if (work === "load") await (await con.getDataset("out")).load(ds, options);
else throw new Error(`there is no work ${work}`);
process.stdout.write("done", () => process.exit());

/** The Redis may be away just now. */
async function connected() {
	for (;;)
		try {
			return await connect(target, JSON.parse(connection));
		} catch (error) {
			if (error.code !== "UNAVAILABLE") throw error;
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
}
