/** Which line a member of a TOML document stands on. The parser does not tell; this goes by the usual ways to write members, for messages only. */

/** Counted from 1; of a member within a table on one line, that line. Undefined where it is not found. */
export function lineOf(toml: string, path: readonly string[]): number | undefined {
	let table: readonly string[] = [];
	let around: number | undefined;
	for (const [n, line] of toml.split(/\r?\n/).entries()) {
		const header = HEADER.exec(line);
		if (header !== null) {
			table = namesOf(header[1] as string);
			if (beginsWith(table, path)) return n + 1;
			continue;
		}
		const key = KEY.exec(line);
		if (key === null) continue;
		const member = [...table, ...namesOf(key[1] as string)];
		if (beginsWith(member, path)) return n + 1;
		if (beginsWith(path, member)) around = n + 1;
	}
	return around;
}

const NAME = /"[^"]*"|'[^']*'|[A-Za-z0-9_-]+/;
const DOTTED = `(?:${NAME.source})(?:\\s*\\.\\s*(?:${NAME.source}))*`;
const HEADER = new RegExp(`^\\s*\\[\\[?\\s*(${DOTTED})\\s*\\]`);
const KEY = new RegExp(`^\\s*(${DOTTED})\\s*=`);

function namesOf(dotted: string): string[] {
	return [...dotted.matchAll(new RegExp(NAME, "g"))].map(([name]) => name.replace(/^["'](.*)["']$/, "$1"));
}

function beginsWith(path: readonly string[], start: readonly string[]): boolean {
	return start.length <= path.length && start.every((name, i) => path[i] === name);
}
