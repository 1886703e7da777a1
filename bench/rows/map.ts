import { connect, kernel, ndArray } from "tesserae";
import { gaussianHalo } from "../../examples/kernels/gaussian.js";
import type { Bench, Group } from "../support/bench.js";
import { values } from "../support/cube.js";
import { contestant } from "../support/measure.js";
import { temporaryPlace } from "../support/place.js";
import { hold } from "../support/row.js";
import { checkSame } from "../support/same.js";

const SIDE = 256;
const SIGMA = 1.5;

/** A 3-D Gaussian over 256³ values in memory, chunks of 64³, the default codecs, with the halo that makes it seamless. */
export const map: Group = { gaussian };

async function gaussian(bench: Bench): Promise<void> {
	await using place = await temporaryPlace("ram");
	await using one = await connect(place.target);
	await using many = await connect(place.target, { engine: "threads" });
	const data = ndArray<"float32">(values().data.subarray(0, SIDE ** 3), [SIDE, SIDE, SIDE]);
	const original = await one.createDataset("original", { data, chunkShape: [64, 64, 64] });
	const seenByThreads = await many.getDataset("original", { dtype: "float32" });
	const blur = kernel(new URL("../../examples/kernels/gaussian.js", import.meta.url), "gaussian", { sigma: SIGMA });
	const options = { halo: gaussianHalo(SIGMA), boundary: "reflect", ifExists: "replace" } as const;
	const sequential = () => original.map(blur, "by-one", options);
	const threads = () => seenByThreads.map(blur, "by-many", options);
	const name = `map, gaussian, ${SIDE}³, σ ${SIGMA}`;
	checkSame(name, (await (await sequential()).get()).data, { threads: (await (await threads()).get()).data });
	const contestants = [contestant("threads", threads), contestant("sequential", sequential)];
	await hold(bench, { name, contestants, comparisons: [{ ours: "threads", other: "sequential", atLeast: 1.8 }] });
}
