import type { Terminal } from "./terminal.js";

/** Lines of names and texts under a title: for a person aligned and folded to the width of the terminal, else by tabs. */
export function formatFields(
	out: Terminal,
	title: string,
	fields: readonly (readonly [name: string, text: string])[],
): string {
	if (out.columns === undefined) return [title, ...fields.map(([name, text]) => `${name}\t${text}`)].join("\n");
	const indent = Math.max(...fields.map(([name]) => name.length)) + 4;
	const width = Math.max(20, out.columns - indent);
	const lines = fields.flatMap(([name, text]) =>
		fold(text, width).map((line, n) =>
			n === 0 ? `  ${out.style("dim", name.padEnd(indent - 2))}${line}` : " ".repeat(indent) + line,
		),
	);
	return [out.style("bold", title), ...lines].join("\n");
}

/** Lines of up to `width` characters, broken at spaces where there are any. */
function fold(text: string, width: number): string[] {
	const lines: string[] = [];
	let rest = text;
	while (rest.length > width) {
		const space = rest.lastIndexOf(" ", width);
		const end = space > 0 ? space : width;
		lines.push(rest.slice(0, end));
		rest = rest.slice(end).trimStart();
	}
	return [...lines, rest];
}
