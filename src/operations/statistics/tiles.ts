import { LINE, type Lines } from "./lines.js";

/** One axis of a block: `count` elements, `step` apart in memory and `out` apart in the result, 0 where the axis is reduced. */
export interface Extent {
	readonly count: number;
	readonly step: number;
	readonly out: number;
}

/** The order in which a block is walked through. Positions count elements. */
export interface Layout {
	/** Outermost first, the smallest step last; all steps are positive, no count is 1. */
	readonly extents: readonly Extent[];
	readonly start: number;
	readonly out: number;
}

/** What is reduced at once: rows and columns among values that lie close together. Column `c` of row `r` goes to `out + r × rowOut + c × columnOut`. */
export interface Tile<Values = Float64Array> {
	readonly values: Values;
	readonly at: number;
	readonly rows: number;
	readonly rowStep: number;
	readonly rowOut: number;
	readonly columns: number;
	readonly columnStep: number;
	readonly columnOut: number;
	readonly out: number;
}

const ONE: Extent = { count: 1, step: 1, out: 0 };

/** Sorts and merges the axes of a block, so that memory is walked forwards in runs as long as there are. */
export function layOut(axes: readonly Extent[], start: number): Layout {
	let out = 0;
	const extents: Extent[] = [];
	for (const axis of axes) {
		if (axis.count === 1) continue;
		const backwards = axis.step < 0;
		if (backwards) {
			start += (axis.count - 1) * axis.step;
			out += (axis.count - 1) * axis.out;
		}
		extents.push(backwards ? { count: axis.count, step: -axis.step, out: -axis.out } : axis);
	}
	extents.sort((a, b) => b.step - a.step);
	return { extents: merged(extents), start, out };
}

/** Neighbours that one step walks through, in memory and in the result, become one. */
function merged(extents: readonly Extent[]): Extent[] {
	const result: Extent[] = [];
	for (const inner of extents) {
		const outer = result.at(-1);
		const joins = outer?.step === inner.step * inner.count && outer.out === inner.out * inner.count;
		if (joins) result[result.length - 1] = { ...inner, count: outer.count * inner.count };
		else result.push(inner);
	}
	return result;
}

/** Whether elements lie too far apart to be looked at in lines: then a contiguous copy is worth its while. */
export function isScattered({ extents }: Layout): boolean {
	const column = extents.at(-1);
	const row = extents.at(-2);
	if (column === undefined) return false;
	return column.step > 8 || (row !== undefined && column.count < 16 && row.step > LINE / 2);
}

/** Calls `visit` with tiles that together are the block. */
export function forEachTile<Values>(layout: Layout, lines: Lines<Values>, visit: (tile: Tile<Values>) => void): void {
	const outer = [...layout.extents];
	const column = outer.pop() ?? ONE;
	const span = (column.count - 1) * column.step + 1;
	const next = outer.at(-1);
	const row = next !== undefined && next.step + span <= LINE ? next : ONE;
	if (row === next) outer.pop();
	const rowsAtOnce = row === ONE ? 1 : Math.floor((LINE - span) / row.step) + 1;
	const columnsAtOnce = Math.floor((LINE - 1) / column.step) + 1;
	forEachPlace(outer, layout, (start, out) => {
		for (let r = 0; r < row.count; r += rowsAtOnce)
			for (let c = 0; c < column.count; c += columnsAtOnce) {
				const rows = Math.min(rowsAtOnce, row.count - r);
				const columns = Math.min(columnsAtOnce, column.count - c);
				const length = (rows - 1) * row.step + (columns - 1) * column.step + 1;
				// Member by member: spreading an object here would take longer than the tile itself.
				visit({
					values: lines.values,
					at: lines.load(start + r * row.step + c * column.step, length),
					rows,
					rowStep: row.step,
					rowOut: row.out,
					columns,
					columnStep: column.step,
					columnOut: column.out,
					out: out + r * row.out + c * column.out,
				});
			}
	});
}

function forEachPlace(
	extents: readonly Extent[],
	{ start, out }: Pick<Layout, "start" | "out">,
	visit: (start: number, out: number) => void,
): void {
	const [outer, ...inner] = extents;
	if (outer === undefined) {
		visit(start, out);
		return;
	}
	for (let i = 0; i < outer.count; i++)
		forEachPlace(inner, { start: start + i * outer.step, out: out + i * outer.out }, visit);
}
