import { compareKeys, type ListEntry, type ListOptions } from "../../src/backend.js";
import type { ReadSettings, Store } from "./store.js";

/** Names read in one step; few where most of them may be folded into one that was shown already. */
const PAGE = 1000;
const FOLDED_PAGE = 64;

/**
 * The keys that begin with `prefix`, page by page in the order of their code points, so that each comes once whatever is written meanwhile.
 * With a delimiter, what lies under a prefix that was shown is skipped, not read.
 */
export async function* listObjects(
	store: Store,
	prefix: string,
	{ delimiter, after }: ListOptions,
	settings: ReadSettings,
): AsyncGenerator<ListEntry> {
	if (!isWellFormed(prefix)) return;
	const fold = delimiter !== undefined;
	const limit = fold ? FOLDED_PAGE : PAGE;
	const end = afterAll(prefix);
	for (let from = firstOf(prefix, after, fold); from !== undefined; ) {
		const start: string = from;
		const page = await store.read((tables) => tables?.names(start, end, limit) ?? [], settings);
		let folded: string | undefined;
		for (const { key, size } of page) {
			if (folded !== undefined && key.startsWith(folded)) continue;
			const slash = fold ? key.indexOf("/", prefix.length) : -1;
			folded = slash < 0 ? undefined : key.slice(0, slash + 1);
			yield folded === undefined ? { kind: "object", key, size } : { kind: "prefix", key: folded };
		}
		const last = page.length < limit ? undefined : page.at(-1)?.key;
		from = folded !== undefined && last !== undefined ? afterAll(folded) : last && `${last}\0`;
	}
}

/** The least text that may be listed. */
function firstOf(prefix: string, after: string | undefined, fold: boolean): string | undefined {
	if (after === undefined || compareKeys(after, prefix) < 0) return prefix;
	const isFolded = fold && after.endsWith("/") && after.length > prefix.length;
	return isFolded ? afterAll(after) : `${after}\0`;
}

/** Text that SQLite keeps as it is: a lone surrogate has no UTF-8. */
export function isWellFormed(text: string): boolean {
	return !/\p{Surrogate}/u.test(text);
}

/** The first text after all that begin with `prefix`, by code points as SQLite compares; undefined where there is none. */
function afterAll(prefix: string): string | undefined {
	const points = [...prefix];
	for (let last = points.pop(); last !== undefined; last = points.pop()) {
		const next = (last.codePointAt(0) ?? 0) + 1;
		// Surrogates are no characters of their own.
		if (next <= 0x10ffff) return points.join("") + String.fromCodePoint(next === 0xd800 ? 0xe000 : next);
	}
	return undefined;
}
