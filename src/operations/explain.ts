import { printsAsString } from "../inspect.js";
import { planSelection } from "../selection/plan.js";
import type { NormalSelection } from "../selection/selection.js";
import type { StoredArray } from "../stored-array.js";
import type { Runtime } from "./runtime.js";

/** What a `get` of a selection would do: the very plan that it runs, in numbers. Prints as a few lines. */
export class Explanation {
	/** Shape of the result. */
	readonly shape: readonly number[];
	/** Bytes of the result. */
	readonly resultBytes: number;
	/** Chunks that the selection touches. */
	readonly chunks: number;
	/** Read requests, one per stored object. */
	readonly requests: number;
	/** Bytes of the touched chunks, decoded. */
	readonly decodedBytes: number;
	/** Estimate of the memory in use at once: the result and the chunks in flight, in bytes. */
	readonly peakBytes: number;
	readonly #array: StoredArray;

	constructor(array: StoredArray, selection: NormalSelection, runtime: Runtime) {
		const plan = planSelection(selection.axes, array.metadata.chunkShape);
		const itemBytes = array.spec.dtype.components * array.spec.dtype.Array.BYTES_PER_ELEMENT;
		this.#array = array;
		this.shape = selection.shape;
		this.resultBytes = selection.shape.reduce((product, length) => product * length, itemBytes);
		this.chunks = plan.count;
		this.requests = plan.count;
		this.decodedBytes = plan.count * array.chunkBytes;
		const { concurrency, budget } = runtime.limits;
		const inFlight = 2 * array.chunkBytes * Math.min(plan.count, concurrency);
		this.peakBytes = this.resultBytes + Math.min(inFlight, Math.max(budget.limit, 2 * array.chunkBytes));
	}

	toString(): string {
		const { metadata, name } = this.#array;
		return [
			`get of [${this.shape.join(", ")}] ${metadata.dtype.name} from ${JSON.stringify(name)} [${metadata.shape.join(", ")}]`,
			`  chunks    ${this.chunks} of [${metadata.chunkShape.join(", ")}]`,
			`  requests  ${this.requests}`,
			`  bytes     ${formatBytes(this.resultBytes)} wanted, ${formatBytes(this.decodedBytes)} decoded`,
			`  memory    ${formatBytes(this.peakBytes)} at most`,
		].join("\n");
	}
}

printsAsString(Explanation.prototype);

/** `1536` → `1.5 KiB`. */
function formatBytes(bytes: number): string {
	const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
	const unit = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
	const value = bytes / 1024 ** unit;
	return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
