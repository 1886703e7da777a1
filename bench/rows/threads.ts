import { connect, type Dataset } from "tesserae";
import type { Bench, Group } from "../support/bench.js";
import { values, warmCube } from "../support/cube.js";
import { type Contestant, contestant } from "../support/measure.js";
import { type BackendName, temporaryPlace } from "../support/place.js";
import { type Comparison, hold } from "../support/row.js";
import { checkSame } from "../support/same.js";
import { type ZarritaArray, zarritaArray, zarritaGet, zarritaOver } from "../support/zarrita.js";

/** The cube read whole by worker threads, in raw chunks of 64³. */
export const threads: Group = {
	ram: (bench) => compare(bench, "ram"),
	file: (bench) => compare(bench, "file"),
	sqlite: (bench) => compare(bench, "sqlite"),
};

const COMPARISONS: readonly Comparison[] = [
	{ ours: "get out", other: "zarrita", atLeast: 5 },
	{ ours: "get out", other: "flat copy, warm", atLeast: 0.7 },
	{ ours: "get out", other: "sequential get out" },
	{ ours: "get out, plain memory", other: "flat copy, warm" },
	{ ours: "get", other: "zarrita" },
	{ ours: "get", other: "flat copy, fresh" },
	{ ours: "get", other: "sequential get" },
];

async function compare(bench: Bench, backend: BackendName): Promise<void> {
	await using place = await temporaryPlace(backend);
	await using one = await connect(place.target);
	const sequential = await one.createDataset("cube", { data: values(), chunkShape: [64, 64, 64], codecs: [] });
	await using many = await connect(place.target, { engine: "threads", mode: "r" });
	const threaded = await many.getDataset("cube", { dtype: "float32" });
	const zarrita = await (backend === "ram" ? zarritaArray : zarritaOver)(one.backend, "cube");
	const name = `threads, ${backend}, raw 64³`;
	checkSame(name, values().data, {
		sequential: (await sequential.get()).data,
		threads: (await threaded.get()).data,
		zarrita: await zarritaGet(zarrita),
	});
	const contestants = [...ours(threaded, sequential), ...others(zarrita)];
	await hold(bench, { name, contestants, comparisons: COMPARISONS });
}

function ours(threaded: Dataset<"float32">, sequential: Dataset<"float32">): Contestant[] {
	const shared = warmCube({ shared: true });
	const plain = warmCube();
	return [
		contestant("get out", () => threaded.get("...", { out: shared })),
		contestant("get out, plain memory", () => threaded.get("...", { out: plain })),
		contestant("get", () => threaded.get()),
		contestant("sequential get out", () => sequential.get("...", { out: plain })),
		contestant("sequential get", () => sequential.get()),
	];
}

/** A peer, and the limit: as many bytes copied by the runtime in one piece. */
function others(zarrita: ZarritaArray): Contestant[] {
	const { data } = values();
	const warm = warmCube().data;
	return [
		contestant("zarrita", () => zarritaGet(zarrita)),
		contestant("flat copy, warm", () => warm.set(data)),
		contestant("flat copy, fresh", () => new Float32Array(data.length).set(data)),
	];
}
