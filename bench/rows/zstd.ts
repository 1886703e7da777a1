import { type Connection, connect, type Dataset, type NdArray } from "tesserae";
import type { Bench, Group } from "../support/bench.js";
import { SHAPE, values, warmCube } from "../support/cube.js";
import { contestant } from "../support/measure.js";
import { type Place, temporaryPlace } from "../support/place.js";
import { type Comparison, hold } from "../support/row.js";
import { checkSame } from "../support/same.js";
import { zarritaArray, zarritaGet, zarritaSet } from "../support/zarrita.js";

/** The cube in memory, chunks of 64³, the default codecs: zstd level 1 with its checksum. zarrita.js verifies checksums and writes none. */
export const zstd: Group = { read, write };

interface Stores extends AsyncDisposable {
	readonly one: Connection;
	readonly sequential: Dataset<"float32">;
	readonly threaded: Dataset<"float32">;
}

/** The same dataset, seen by one thread and by many: the cube, or nothing yet. */
async function openStores(content: "cube" | "empty"): Promise<Stores> {
	const place: Place = await temporaryPlace("ram");
	const one = await connect(place.target);
	const many = await connect(place.target, { engine: "threads" });
	const sequential = await one.createDataset("cube", { shape: SHAPE, dtype: "float32", chunkShape: [64, 64, 64] });
	if (content === "cube") await sequential.load(values());
	return {
		one,
		sequential,
		threaded: await many.getDataset("cube", { dtype: "float32" }),
		async [Symbol.asyncDispose]() {
			await many.close();
			await one.close();
			await place[Symbol.asyncDispose]();
		},
	};
}

function comparisons(ours: string, rest: readonly Comparison[]): Comparison[] {
	return [{ ours, other: "zarrita", atLeast: 4 }, { ours, other: `sequential ${ours}`, atLeast: 1.8 }, ...rest];
}

async function read(bench: Bench): Promise<void> {
	await using stores = await openStores("cube");
	const { sequential, threaded } = stores;
	const zarrita = await zarritaArray(stores.one.backend, "cube");
	const name = "zstd, ram, 64³, read all";
	checkSame(name, values().data, {
		sequential: (await sequential.get()).data,
		threads: (await threaded.get()).data,
		zarrita: await zarritaGet(zarrita),
	});
	const shared = warmCube({ shared: true });
	const plain = warmCube();
	const contestants = [
		contestant("get out", () => threaded.get("...", { out: shared })),
		contestant("get", () => threaded.get()),
		contestant("sequential get out", () => sequential.get("...", { out: plain })),
		contestant("sequential get", () => sequential.get()),
		contestant("zarrita", () => zarritaGet(zarrita)),
	];
	await hold(bench, { name, contestants, comparisons: [...comparisons("get out", []), ...comparisons("get", [])] });
}

async function write(bench: Bench): Promise<void> {
	await using stores = await openStores("empty");
	const { sequential, threaded } = stores;
	const zarrita = await zarritaArray(stores.one.backend, "cube");
	const plain = values();
	const shared = sharedCopy(plain);
	const name = "zstd, ram, 64³, write all";
	const contestants = [
		contestant("set", () => threaded.set("...", shared)),
		contestant("set, plain memory", () => threaded.set("...", plain)),
		contestant("sequential set", () => sequential.set("...", plain)),
		contestant("zarrita", () => zarritaSet(zarrita, plain)),
	];
	const informal = [{ ours: "set, plain memory", other: "sequential set" }];
	await hold(bench, { name, contestants, comparisons: comparisons("set", informal) });
	checkSame(name, plain.data, { tesserae: (await sequential.get()).data, zarrita: await zarritaGet(zarrita) });
}

/** In memory that worker threads see, so that `set` need not copy it there. */
function sharedCopy({ data }: NdArray<"float32">): NdArray<"float32"> {
	const copy = warmCube({ shared: true });
	copy.data.set(data);
	return copy;
}
