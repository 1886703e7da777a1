/** Random selections that fit a shape, in every notation. */
import fc from "fast-check";
import { ellipsis, mask, newaxis, type Selection, slice } from "tesserae";
import type { Entry } from "./model.js";

function axisEntry(length: number): fc.Arbitrary<Entry> {
	const bound = fc.option(fc.integer({ min: -length - 2, max: length + 2 }));
	const step = fc.option(fc.integer({ min: -length - 1, max: length + 1 }).filter((value) => value !== 0));
	const index = fc.integer({ min: -length, max: Math.max(-length, length - 1) });
	const entries: fc.Arbitrary<Entry>[] = [
		fc.record({ kind: fc.constant("slice" as const), start: bound, stop: bound, step }),
		fc.record({
			kind: fc.constant("mask" as const),
			mask: fc.array(fc.boolean(), { minLength: length, maxLength: length }),
		}),
	];
	if (length > 0)
		entries.push(
			fc.record({ kind: fc.constant("index" as const), index }),
			fc.record({ kind: fc.constant("list" as const), indices: fc.array(index, { maxLength: 6 }) }),
		);
	return fc.oneof(...entries);
}

/** Entries for some leading axes, or around an ellipsis, with new axes among them. */
export function entriesFor(shape: readonly number[]): fc.Arbitrary<Entry[]> {
	return fc
		.record({
			full: fc.tuple(...shape.map(axisEntry)),
			gap: fc.option(fc.tuple(fc.nat(shape.length), fc.nat(shape.length))),
			kept: fc.nat(shape.length),
			fresh: fc.array(fc.nat(shape.length), { maxLength: 2 }),
		})
		.map(({ full, gap, kept, fresh }) => {
			const [from, to] = [Math.min(...(gap ?? [0])), Math.max(...(gap ?? [0]))];
			const entries: Entry[] =
				gap === null ? full.slice(0, kept) : [...full.slice(0, from), { kind: "ellipsis" }, ...full.slice(to)];
			for (const at of fresh) entries.splice(Math.min(at, entries.length), 0, { kind: "newaxis" });
			return entries;
		});
}

export type Notation = "objects" | "text" | "typed";

/** The same selection as a user may write it. */
export function written(entries: readonly Entry[], notation: Notation): Selection {
	if (notation === "text") return entries.map(asText).join(", ");
	return entries.map((entry) => {
		if (entry.kind === "index") return notation === "typed" ? BigInt(entry.index) : entry.index;
		if (entry.kind === "slice") return slice(entry.start, entry.stop, entry.step);
		if (entry.kind === "list") return notation === "typed" ? Int16Array.from(entry.indices) : entry.indices;
		if (entry.kind === "mask")
			return notation === "typed" || entry.mask.length === 0 ? mask(entry.mask) : [...entry.mask];
		return entry.kind === "newaxis" ? newaxis : ellipsis;
	});
}

function asText(entry: Entry): string {
	if (entry.kind === "index") return String(entry.index);
	if (entry.kind === "slice")
		return `${entry.start ?? ""}:${entry.stop ?? ""}${entry.step === null ? "" : `:${entry.step}`}`;
	if (entry.kind === "list") return `[${entry.indices.join(", ")}]`;
	if (entry.kind === "mask") return `[${entry.mask.map((bit) => (bit ? "True" : "False")).join(",")}]`;
	return entry.kind === "newaxis" ? "newaxis" : "...";
}
