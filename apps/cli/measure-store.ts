/** What `tesserae bench` measures: how fast a store writes and reads one dataset, whole and in parts, and how fast an engine works on it. */
import type { Connection } from "../../src/connection.js";
import type { CreateOptions, Dataset } from "../../src/dataset.js";
import { dataType, type NumericName, type TypedArray } from "../../src/format/data-types.js";
import { removeNode } from "../../src/operations/hierarchy/hierarchy.js";
import { slice } from "../../src/selection/selection.js";
import { empty, type NdArray } from "../../src/values/nd-array.js";

export const TASKS = ["write", "read", "partial read", "partial write", "sum", "copy"] as const;
export type Task = (typeof TASKS)[number];

export interface Workload {
	/** Bytes of the dataset, about. */
	readonly size: number;
	readonly dtype: NumericName;
	readonly chunkShape: readonly number[] | undefined;
	readonly codecs: CreateOptions["codecs"];
	readonly rounds: number;
}

export interface Measured {
	readonly task: Task;
	/** Bytes of the values that each round handled. */
	readonly bytes: number;
	/** One per round. */
	readonly seconds: readonly number[];
}

/** Boxes of the partial tasks: so many, with an eighth of the length of each axis, wherever they fall. */
export const BOXES = 32;
const BOX_SHARE = 8;

interface Box {
	readonly selection: readonly ReturnType<typeof slice>[];
	readonly values: NdArray;
	readonly bytes: number;
}

/**
 * Writes a dataset of a name of its own, reads it, and parts of it, and removes it, also when it is cancelled.
 * @param tick is called after each measurement
 * @throws StoreError READ_ONLY
 */
export async function measureStore(
	connection: Connection,
	work: Workload,
	{ signal, tick }: { readonly signal: AbortSignal; readonly tick: () => void },
): Promise<Measured[]> {
	const values = sampleValues(work);
	const seconds = new Map<Task, number[]>(TASKS.map((task) => [task, []]));
	const name = `tesserae-bench-${Math.random().toString(36).slice(2, 10)}`;
	const { chunkShape, codecs, dtype } = work;
	const boxes = sampleBoxes(values, work);
	const wholeBytes = values.shape.slice(0, 3).reduce((n, length) => n * length, dataType(dtype).itemSize);
	try {
		for (let round = 0; round < work.rounds; round++) {
			const options = { shape: values.shape, dtype, chunkShape, codecs, ifExists: "replace" } as const;
			const dataset = await connection.createDataset(name, options);
			const copy = await connection.createDataset(`${name}-copy`, { ...options, chunkShape: halved(dataset) });
			for (const task of TASKS) {
				const began = performance.now();
				await perform(task, dataset, { values, boxes, signal, copy });
				seconds.get(task)?.push((performance.now() - began) / 1000);
				tick();
			}
		}
	} finally {
		// Not through the connection, which refuses calls once it was cancelled.
		for (const each of [name, `${name}-copy`]) await removeNode(connection.backend, each);
	}
	const partBytes = boxes.reduce((sum, { bytes }) => sum + bytes, 0);
	return TASKS.map((task) => ({
		task,
		bytes: task.startsWith("partial") ? partBytes : wholeBytes,
		seconds: seconds.get(task) ?? [],
	}));
}

interface Materials {
	readonly values: NdArray;
	readonly boxes: readonly Box[];
	readonly signal: AbortSignal;
	/** Of other chunks, so that all is decoded and encoded. */
	readonly copy: Dataset;
}

async function perform(task: Task, dataset: Dataset, { values, boxes, signal, copy }: Materials): Promise<void> {
	if (task === "write") await dataset.load(values, { signal });
	else if (task === "read") await dataset.get("...", { signal });
	else if (task === "sum") await dataset.sum({ signal });
	else if (task === "copy") await copy.load(dataset, { signal });
	else
		for (const { selection, values: part } of boxes)
			if (task === "partial read") await dataset.get(selection, { signal });
			else await dataset.set(selection, part, { signal });
}

/** Chunks of half the length along the first axis. */
function halved({ chunkShape }: Dataset): number[] {
	return chunkShape.map((length, d) => (d === 0 ? Math.ceil(length / 2) : length));
}

/** A cube of whole numbers that change slowly, with noise in their lowest three bits, as counts of a detector do. */
function sampleValues({ size, dtype }: Workload): NdArray {
	const { itemSize, components } = dataType(dtype);
	const side = Math.max(1, Math.round((size / itemSize) ** (1 / 3)));
	const values = empty([side, side, side], dtype);
	const data = values.data as Exclude<TypedArray, BigInt64Array | BigUint64Array>;
	const convert = (typeof values.data[0] === "bigint" ? BigInt : Number) as NumberConstructor;
	const random = randomNumbers();
	const limit = dtype === "bool" ? 2 : 120;
	for (let i = 0; i < data.length; i++) data[i] = convert((Math.floor(i / components / 1000) + (random() & 7)) % limit);
	return values;
}

function sampleBoxes(values: NdArray, { dtype }: Workload): Box[] {
	const random = randomNumbers();
	const axes = values.shape.slice(0, 3);
	const lengths = axes.map((length) => Math.max(1, Math.floor(length / BOX_SHARE)));
	const bytes = lengths.reduce((product, length) => product * length, dataType(dtype).itemSize);
	return Array.from({ length: BOXES }, () => {
		const starts = axes.map((length, d) => random() % (length - (lengths[d] as number) + 1));
		const selection = starts.map((start, d) => slice(start, start + (lengths[d] as number)));
		return { selection, values: values.lo(...starts).hi(...lengths), bytes };
	});
}

/** Whole numbers below 2^24, the same in every run: the high bits of a linear congruential generator. */
function randomNumbers(): () => number {
	let state = 1;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state >>> 8;
	};
}
