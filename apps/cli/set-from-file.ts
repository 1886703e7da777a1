import { connect } from "../../src/connect.js";
import type { WriteOptions } from "../../src/data-chunk.js";
import { StoreError } from "../../src/errors.js";
import { namedType } from "../../src/format/type-names.js";
import type { SlabSource } from "../../src/operations/load/load-slabs.js";
import { narrowSelection, selectionEntry } from "../../src/selection/narrow.js";
import { newaxis, type SelectionEntry } from "../../src/selection/selection.js";
import type { NdArray } from "../../src/values/nd-array.js";
import type { Selected } from "./read-values.js";

/** How often the memory of the connection (256 MiB unless it is told otherwise) a file may take that is written at once. */
const AT_ONCE = 4;

/**
 * Writes an array file over a selection: as a single `set`, so that it is broadcast, and stored all or not at all where the store
 * can; one that is larger than four times the connection's memory slab by slab.
 * @throws StoreError TOO_LARGE where a large one would have to be broadcast
 */
export async function setFromFile(selected: Selected, path: string, options: WriteOptions): Promise<void> {
	const { openAny } = await import("tesserae/files");
	const source = await openAny(path);
	const bytes = source.shape.reduce((product, length) => product * length, namedType(source.dtype).itemSize);
	const { dataset } = selected;
	const { limit } = dataset.connection.runtime.limits.budget;
	if (bytes <= AT_ONCE * limit) return dataset.set(entriesOf(selected), await readWhole(source), options);
	const { shape } = selected.chosen;
	if (String(shape) !== String(source.shape))
		throw new StoreError(
			"TOO_LARGE",
			`${path} has shape [${source.shape.join(", ")}], the selection [${shape.join(", ")}]: give more memory (-O memory=1GiB) to broadcast it`,
		);
	if (isWhole(selected)) await dataset.load(source, options);
	else await setSlabs(selected, source, options);
}

function isWhole({ dataset, chosen }: Selected): boolean {
	const isPlain = chosen.axes.every((axis) => axis.kind === "range" && axis.step === 1);
	return isPlain && String(chosen.shape) === String(dataset.shape);
}

async function readWhole(source: SlabSource): Promise<NdArray> {
	await using memory = await connect("ram:", { config: false });
	const copy = await memory.createDataset("", { data: source, codecs: ["bytes"] });
	return await copy.get();
}

async function setSlabs(selected: Selected, source: SlabSource, options: WriteOptions): Promise<void> {
	const [total = 1] = source.shape;
	let done = 0;
	let bytes = 0;
	for await (const value of source.slabs()) {
		const slab = value as NdArray;
		const rows = slab.shape[0] ?? 1;
		await selected.dataset.set(entriesOf(selected, done, rows), slab, { ...options, onProgress: undefined });
		done += rows;
		bytes += slab.data.byteLength;
		options.onProgress?.({ done, total, bytes });
	}
}

/** The selection as `set` takes it; of axis 0 of its result `rows` from `first` on. */
function entriesOf({ chosen }: Selected, first = 0, rows = chosen.shape[0] ?? 1): SelectionEntry[] {
	const { shape, resultAxis } = chosen;
	const origin = shape.map((_, r) => (r === 0 ? first : 0));
	const axes = narrowSelection(chosen, origin, [rows, ...shape.slice(1)]);
	const entries: SelectionEntry[] = [];
	let next = 0;
	axes.forEach((axis, d) => {
		const r = resultAxis[d] as number;
		for (; next < r; next++) entries.push(newaxis);
		if (r >= 0) next++;
		entries.push(r < 0 && axis.kind === "range" ? axis.start : selectionEntry(axis));
	});
	return [...entries, ...shape.slice(next).map(() => newaxis)];
}
