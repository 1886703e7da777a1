/** The whole dataset suite where every dataset has chunks of different lengths: those at the far borders end where the array does. */
import { randomUUID } from "node:crypto";
import { type AxisLengths, type Connection, type CreateOptions, connect, type Dataset } from "tesserae";
import { datasetConformance } from "tesserae/conformance";
import { describe, expect, test } from "vitest";

let made = 0;

/** Chunks of one length, and a last one of what is left: as many as the regular grid has. */
function cut(length: number, chunk: number): AxisLengths {
	const whole = Math.floor(length / chunk);
	const rest = length - whole * chunk;
	if (whole === 0) return [length === 0 ? chunk : rest];
	return rest === 0 ? [[chunk, whole]] : [[chunk, whole], rest];
}

function rectilinear(options: CreateOptions): CreateOptions {
	const { chunkShape, format, data } = options;
	const shape = options.shape ?? (data as { readonly shape?: readonly number[] } | undefined)?.shape;
	const isPlain = Array.isArray(chunkShape) && shape?.length === chunkShape.length && format !== 2;
	const isRegular = isPlain && chunkShape.every((chunk) => Number.isSafeInteger(chunk) && chunk > 0);
	if (!isRegular || shape === undefined || options.shardShape !== undefined) return options;
	return { ...options, chunkShape: shape.map((length, d) => cut(length, chunkShape[d] as number)) };
}

function withLengths(con: Connection): Connection {
	const create = con.createDataset.bind(con);
	const createCut = async (name: string, options: CreateOptions = {}): Promise<Dataset> => {
		const dataset = await create(name, rectilinear(options));
		if (dataset.chunkLengths !== undefined) made++;
		return dataset;
	};
	con.createDataset = createCut as never;
	return con;
}

describe("ram × threads", () => {
	datasetConformance(test, async () => withLengths(await connect(`ram:${randomUUID()}`, { engine: "threads" })));
	test("the suite made datasets with such chunks", () => expect(made).toBeGreaterThan(50));
});
