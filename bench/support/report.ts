import type { Machine } from "./machine.js";
import type { Results, Row, Table } from "./results.js";

/** The results as a page of Markdown. */
export function markdown(
	machine: Machine,
	rounds: number | string,
	{ rows, tables, omissions, peers }: Results,
): string {
	const { versions, ...place } = machine;
	const programs = Object.entries({ ...versions, ...peers });
	const facts = { ...place, versions: programs.map((pair) => pair.join(" ")).join(", ") };
	const lines = [
		`# Benchmarks, ${machine.date.slice(0, 10)}`,
		"",
		...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
		`- medians of ${rounds} interleaved rounds; a ratio says how many times as fast as the other we are`,
	];
	if (rows.length > 0) lines.push("", ...grid(HEADINGS, rows.map(cells)));
	lines.push(...tables.flatMap(section));
	if (omissions.length > 0) lines.push("", "Left out:", ...omissions.map(({ name, reason }) => `- ${name}: ${reason}`));
	return `${lines.join("\n")}\n`;
}

const HEADINGS = ["row", "ours", "against", "ratio", "ratio (CPU)", "goal", "met"];

function cells(row: Row): string[] {
	const times = (ratio: number | undefined): string => (ratio === undefined ? "" : `${ratio.toFixed(2)} ×`);
	const met = row.met === undefined ? "" : row.met ? "yes" : "**no**";
	return [row.name, row.ours, row.other ?? "", times(row.ratio), times(row.cpuRatio), row.goal ?? "", met];
}

function section({ title, headings, lines }: Table): string[] {
	return ["", `## ${title}`, "", ...grid(headings, lines)];
}

function grid(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
	const widths = headings.map((heading, column) =>
		Math.max(heading.length, ...rows.map((row) => (row[column] ?? "").length)),
	);
	const line = (row: readonly string[]): string =>
		`| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
	return [line(headings), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)];
}
