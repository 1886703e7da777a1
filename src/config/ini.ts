/**
 * The dialect of INI that Python's `configparser` reads by default (https://docs.python.org/3/library/configparser.html), line by line, so that a
 * mistake is told with its line. Stricter in two points: a line that begins with blanks, which Python joins to the value above, is refused, since
 * in these files it is a key out of place; and what follows the name of a section.
 */
import { fault } from "./configuration.js";

/** One key with its value as it is written, and where. */
export interface Entry {
	readonly value: string;
	readonly line: number;
}

export interface Ini {
	/** `[DEFAULT]`, however it is written: what holds in every section that does not say otherwise. Keys are in lower case. */
	readonly defaults: ReadonlyMap<string, Entry>;
	/** By name, which is case sensitive. */
	readonly sections: ReadonlyMap<string, Section>;
}

export interface Section {
	readonly line: number;
	/** What is written in the section itself. */
	readonly entries: ReadonlyMap<string, Entry>;
}

/** @throws StoreError INVALID_ARGUMENT naming the line */
export function parseIni(file: string, source: string): Ini {
	const defaults = new Map<string, Entry>();
	const sections = new Map<string, { line: number; entries: Map<string, Entry> }>();
	let entries: Map<string, Entry> | undefined;
	for (const [n, written] of source
		.replace(/^\ufeff/, "")
		.split(/\r\n|\r|\n/)
		.entries()) {
		const line = n + 1;
		if (/^\s*(?:[#;].*)?$/.test(written)) continue;
		if (/^\s/.test(written))
			throw fault(file, line, "begins with blanks, so that it would belong to the value above: remove them");
		const name = nameOfSection(file, line, written);
		if (name === undefined) addEntry(file, line, written, entries);
		else if (name.toLowerCase() === "default") entries = defaults;
		else {
			const before = sections.get(name);
			if (before !== undefined) throw fault(file, line, `[${name}] is a section already, from line ${before.line} on`);
			entries = new Map();
			sections.set(name, { line, entries });
		}
	}
	return { defaults, sections };
}

function nameOfSection(file: string, line: number, written: string): string | undefined {
	if (!written.startsWith("[")) return undefined;
	const [, name] = /^\[([^\]]+)\]\s*(?:[#;].*)?$/.exec(written) ?? [];
	if (name === undefined) throw fault(file, line, "is no section: write [NAME], and nothing behind it");
	return name;
}

function addEntry(file: string, line: number, written: string, entries: Map<string, Entry> | undefined): void {
	const delimiter = written.search(/[=:]/);
	const name = written.slice(0, Math.max(0, delimiter)).trim();
	if (name === "")
		throw fault(file, line, "is neither a section nor a key with its value: write [NAME] or KEY = VALUE");
	if (entries === undefined) throw fault(file, line, `${name} stands before any section: write [DEFAULT] above it`);
	const key = name.toLowerCase();
	const before = entries.get(key);
	if (before !== undefined) throw fault(file, line, `${key} is given already, on line ${before.line}`);
	entries.set(key, { value: written.slice(delimiter + 1).trim(), line });
}
