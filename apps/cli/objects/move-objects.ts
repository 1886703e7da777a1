import { type Limits, runJob } from "../../../src/engine.js";
import { StoreError } from "../../../src/errors.js";
import { MemoryBudget } from "../../../src/memory-budget.js";
import { openEngine } from "../../../src/targets.js";
import type { Shell } from "../shell.js";
import { bytesText, countText } from "../sizes.js";
import { UsageError } from "../usage-error.js";
import type { End, Item, MoveOptions } from "./ends.js";
import { itemsOf } from "./move-sources.js";
import { type Write, writerTo } from "./move-targets.js";
import { insideOf } from "./open-objects.js";

export interface Moved {
	readonly objects: number;
	/** Left as they were, since they were there already. */
	readonly skipped: number;
	readonly bytes: number;
	readonly seconds: number;
}

/**
 * Copies an object, a file or a whole directory from one place to another, several at once, and tells what it did. The first failure
 * ends it; what was written by then stays, each object and file whole.
 */
export async function move(shell: Shell, from: End, to: End, options: MoveOptions): Promise<void> {
	refuseSame(from, to, options);
	const store = from.kind === "objects" ? from : to;
	if (store.kind !== "objects")
		throw new UsageError("neither is in a store: write TARGET#KEY or s3://BUCKET/KEY for one of them");
	const items = await itemsOf(shell, from, options);
	const moved = await moveItems(shell, items, await writerTo(shell, to, options), store.connection.runtime.limits);
	if (to.kind !== "stream") await tell(shell, moved);
}

/** Moves what comes from elsewhere than an {@link End}. */
export async function moveItem(shell: Shell, item: Item, to: End, options: MoveOptions): Promise<void> {
	const limits = { concurrency: 1, budget: new MemoryBudget(0) };
	const moved = await moveItems(shell, [item], await writerTo(shell, to, options), limits);
	if (to.kind !== "stream") await tell(shell, moved);
}

async function moveItems(shell: Shell, items: readonly Item[], write: Write, limits: Limits): Promise<Moved> {
	const began = performance.now();
	const total = items.reduce((sum, { size = 0 }) => sum + size, 0);
	const ends = { written: 0, skipped: 0 };
	let bytes = 0;
	const label = items.length === 1 ? (items[0]?.name ?? "") : `${countText(items.length)} objects`;
	await shell.progress(label, async ({ signal, onProgress }) => {
		const moved = (count: number): void => {
			bytes += count;
			onProgress?.({ done: Math.min(bytes, total), total, bytes });
		};
		const job = {
			count: items.length,
			spec: undefined,
			cost: (n: number) => items[n]?.size ?? 0,
			run: async (n: number, signal: AbortSignal) => write(items[n] as Item, { signal, moved }),
			settle: (_: number, end: keyof typeof ends) => {
				ends[end]++;
				return undefined;
			},
		};
		await runJob(await openEngine("sequential", {}), job, limits, { signal });
	});
	const seconds = Math.round(performance.now() - began) / 1000;
	return { objects: ends.written, skipped: ends.skipped, bytes, seconds };
}

async function tell(shell: Shell, moved: Moved): Promise<void> {
	if (shell.json) return shell.printJson(moved);
	const { objects, skipped, bytes, seconds } = moved;
	const left = skipped > 0 ? `, ${countText(skipped)} were there already` : "";
	await shell.log("info", `copied ${countText(objects, "object")}, ${bytesText(bytes)} in ${seconds} s${left}`);
}

/** @throws StoreError INVALID_ARGUMENT where something would be copied onto itself */
function refuseSame(from: End, to: End, { recursive }: MoveOptions): void {
	if (from.kind !== "objects" || to.kind !== "objects") return;
	if (from.connection.backend.location !== to.connection.backend.location) return;
	const [a, b] = [from.address.key, to.address.key].map((key) => (recursive ? insideOf(key) : key));
	if (a === b) throw new StoreError("INVALID_ARGUMENT", `${JSON.stringify(a)} cannot be copied onto itself`);
}
