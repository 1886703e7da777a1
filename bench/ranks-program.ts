/**
 * What ranks take for something that they do together: root prints milliseconds, and the processor time of all, as JSON.
 * `tesserae ranks -n N ranks-program.js TARGET ENGINE TASK`, where TARGET holds the dataset `cube`.
 */
import { connect, type Dataset, kernel, slice } from "tesserae";
import { gaussianHalo } from "../examples/kernels/gaussian.js";

const [target = "", engine = "ranks", task = "barrier"] = process.argv.slice(2);
const con = await connect(target, { engine, durability: "none" });
const cube: Dataset<"float32"> = await con.getDataset("cube", { dtype: "float32" });
const values = task === "load" ? await cube.get() : undefined;

const SIGMA = 1.5;
const BARRIERS = 1000;

/** Every rank reads a share of the rows. */
function ownRows(): ReturnType<typeof slice> {
	const rows = (cube.shape[0] as number) / con.size;
	return slice(Math.ceil(con.rank * rows), Math.ceil((con.rank + 1) * rows));
}

const TASKS: { readonly [name: string]: () => Promise<unknown> } = {
	async barrier() {
		for (let i = 0; i < BARRIERS; i++) await con.barrier();
	},
	read: () => cube.get([ownRows()]),
	async load() {
		await (await con.createDataset("loaded", { ...cube.creationOptions, ifExists: "replace" })).load(values as never);
	},
	map: () =>
		cube.map(
			kernel(new URL("../examples/kernels/gaussian.js", import.meta.url), "gaussian", { sigma: SIGMA }),
			"blurred",
			{
				halo: gaussianHalo(SIGMA),
				boundary: "reflect",
				ifExists: "replace",
			},
		),
	empty: () =>
		cube.map(kernel(new URL("./support/kernels.js", import.meta.url), "same"), "same", { ifExists: "replace" }),
};

const work = TASKS[task] as () => Promise<unknown>;
await work();
await con.barrier();
const cpuBefore = process.cpuUsage();
const began = performance.now();
await work();
await con.barrier();
const wall = performance.now() - began;
const { user, system } = process.cpuUsage(cpuBefore);
const cpu = await con.gather((user + system) / 1000);
if (cpu !== undefined) console.log(JSON.stringify({ wall, cpu: cpu.reduce((a, b) => a + b) }));
await con.close();
