import CliTable from "cli-table3";
import type { Terminal } from "./terminal.js";
import { visible } from "./visible.js";

export interface Table {
	/** One per column; those of numbers begin with `>` and are aligned to the right. */
	readonly headings: readonly string[];
	readonly rows: Iterable<readonly string[]> | AsyncIterable<readonly string[]>;
}

/** Rows are shown together, so that columns are aligned: so many, or what came within so many milliseconds. */
const ROWS_AT_ONCE = 200;
const TIME_AT_ONCE = 1000;

export async function printTable(out: Terminal, { headings, rows }: Table): Promise<void> {
	if (out.columns === undefined) {
		for await (const row of rows) await out.write(`${row.map(visible).join("\t")}\n`);
		return;
	}
	let waiting: (readonly string[])[] = [];
	let isFirst = true;
	let since = performance.now();
	const show = async (): Promise<void> => {
		if (waiting.length > 0) await out.write(`${align(out, headings, waiting, isFirst)}\n`);
		isFirst = false;
		waiting = [];
		since = performance.now();
	};
	for await (const row of rows) {
		waiting.push(row.map(visible));
		if (waiting.length >= ROWS_AT_ONCE || performance.now() - since > TIME_AT_ONCE) await show();
	}
	await show();
}

/** Spaces between columns. */
const GAP = 2;

const NO_BORDERS = Object.fromEntries(
	"top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle"
		.split(" ")
		.map((place) => [place, ""]),
);

/** Lines of aligned columns, under headings in bold where `hasHead`. */
function align(
	out: Terminal,
	headings: readonly string[],
	rows: readonly (readonly string[])[],
	hasHead: boolean,
): string {
	const titles = headings.map((heading) => heading.replace(/^>/, ""));
	const all = hasHead ? [titles, ...rows] : rows;
	const table = new CliTable({
		chars: NO_BORDERS,
		style: { "padding-left": 0, "padding-right": GAP, head: [], border: [] },
		colAligns: headings.map((heading) => (heading.startsWith(">") ? "right" : "left")),
		colWidths: columnWidths(all, out.columns ?? 0),
		wordWrap: true,
		wrapOnWordBoundary: false,
	});
	for (const row of all) table.push([...row]);
	const [first = "", ...lines] = table.toString().replace(/ +$/gm, "").split("\n");
	return [hasHead ? out.style("bold", first) : first, ...lines].join("\n");
}

/** Where all columns fit they are as wide as they are; else the widest gives way, and its cells wrap. */
function columnWidths(rows: readonly (readonly string[])[], columns: number): number[] {
	const widths = (rows[0] ?? []).map((_, c) => GAP + Math.max(...rows.map((row) => row[c]?.length ?? 0)));
	const excess = widths.reduce((sum, width) => sum + width, 0) - GAP - columns;
	if (excess <= 0) return [];
	const widest = widths.indexOf(Math.max(...widths));
	return widths.map((width, c) => (c === widest ? Math.max(12, width - excess) : width));
}
