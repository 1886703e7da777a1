import { posix } from "node:path";
import type { Backend, ListEntry } from "../../../dist/src/backend.js";
import type { Break } from "../pass-through.js";
import { withSupport } from "./preconditions.js";

/** What `list` gives, changed by `change`. */
function listing(
	change: (entries: ListEntry[], prefix: string, delimiter: string | undefined) => Iterable<ListEntry>,
): Break {
	return (inner) => ({
		async *list(prefix, options) {
			yield* change(await entriesOf(inner.list(prefix, options)), prefix, options?.delimiter);
		},
	});
}

async function entriesOf(list: AsyncIterable<ListEntry>): Promise<ListEntry[]> {
	const entries: ListEntry[] = [];
	for await (const entry of list) entries.push(entry);
	return entries;
}

/** Pages by the number of keys seen so far, so that deletes shift the pages. */
async function* byOffset(inner: Backend, prefix: string): AsyncGenerator<ListEntry> {
	for (let seen = 0; ; seen += 10) {
		const page = (await entriesOf(inner.list(prefix))).slice(seen, seen + 10);
		yield* page;
		if (page.length === 0) return;
	}
}

/** By clause: a backend that breaks that clause. */
export const brokenListing: Record<string, Break> = {
	"a store that does not list says so with UNSUPPORTED": (inner) => ({
		...withSupport(inner, { list: false }),
		async *list() {},
	}),
	"list finds every key that begins with a string, once, with its size": listing((entries, prefix) =>
		entries.filter(({ key }) => prefix.endsWith("/") || key === prefix || key.startsWith(`${prefix}/`)),
	),
	"with a delimiter what goes on after the next slash is folded": (inner) => ({
		list: (prefix, options) => inner.list(prefix, { signal: options?.signal }),
	}),
	"a prefix that no key has lists nothing, also where it points outside": (inner) => ({
		list: (prefix, options) => inner.list(posix.normalize(prefix), options),
	}),
	"what was deleted is not listed, nor a prefix of which nothing is left": (inner) => {
		const directories = new Set<string>();
		return {
			put(key, bytes, options) {
				directories.add(`${posix.dirname(key)}/`);
				return inner.put(key, bytes, options);
			},
			async *list(prefix, options) {
				const entries = await entriesOf(inner.list(prefix, options));
				yield* entries;
				if (options?.delimiter === undefined) return;
				const empty = [...directories].filter((key) => `${posix.dirname(key)}/` === prefix);
				yield* empty
					.filter((key) => !entries.some((entry) => entry.key === key))
					.map((key) => ({ kind: "prefix", key }) as const);
			},
		};
	},
	"where entries are listed in order, it is that of their code points, and begins after any of them": (inner) => ({
		...withSupport(inner, { listsInOrder: true }),
		async *list(prefix, { after = "", ...options } = {}) {
			const entries = await entriesOf(inner.list(prefix, options));
			yield* entries.filter(({ key }) => key > after).sort((a, b) => (a.key < b.key ? -1 : 1));
		},
	}),
	"thousands of keys are listed, each once": listing((entries) => entries.slice(0, 1000)),
	"what is not changed while it is listed is listed once, and nothing twice": (inner) => ({
		list: (prefix) => byOffset(inner, prefix),
	}),
};
