import { compareKeys } from "../../src/backend.js";
import { check, equal, rejects } from "../expect.js";
import { type Clause, concurrently, entriesOf, keysOf, pattern, type Store, text } from "./store.js";

const NAMES = ["a", "ab", "abc/1", "abc/12", "abc/2/x", "abd", "b/c/0/0", "b/c/0/1", "b/zarr.json", "zarr.json"];
/** In the order of their UTF-16 units the last would come before the last but one. */
const BEYOND = ["ü", "\ufb00", "\u{1f600}"];
/** More than one page of any store. */
const MANY = 2_100;

export const listing: readonly Clause[] = [
	{
		name: "a store that does not list says so with UNSUPPORTED",
		async check({ backend, prefix }) {
			if (!backend.supports.list) await rejects(() => entriesOf(backend, prefix), "UNSUPPORTED", "list");
		},
	},
	onLists(
		"list finds every key that begins with a string, once, with its size",
		async ({ backend, writer, prefix }) => {
			for (const [i, name] of NAMES.entries()) await writer.put(prefix + name, pattern(i * 10));
			for (const start of ["", "a", "ab", "abc", "abc/", "abc/1", "abc/2/", "b/c/0", "zarr.json", "b/zarr.j"]) {
				const expected = NAMES.filter((name) => name.startsWith(start)).map((name) => prefix + name);
				equal(await keysOf(backend, prefix + start), expected.sort(), `keys that begin with ${start}`);
			}
			const sizes = (await entriesOf(backend, prefix)).map(
				(entry) => entry.kind === "object" && [entry.key, entry.size],
			);
			equal(sizes.sort(), NAMES.map((name, i) => [prefix + name, i * 10]).sort(), "sizes");
		},
	),
	onLists("with a delimiter what goes on after the next slash is folded", async ({ backend, writer, prefix }) => {
		for (const name of NAMES) await writer.put(prefix + name, text(name));
		const expected: [string, string[]][] = [
			["", ["a", "ab", "abc/", "abd", "b/", "zarr.json"]],
			["a", ["a", "ab", "abc/", "abd"]],
			["abc", ["abc/"]],
			["abc/", ["abc/1", "abc/12", "abc/2/"]],
			["abc/1", ["abc/1", "abc/12"]],
			["b/c/", ["b/c/0/"]],
		];
		for (const [start, names] of expected) {
			const entries = await entriesOf(backend, prefix + start, { delimiter: "/" });
			equal(entries.map(({ key }) => key.slice(prefix.length)).sort(), names, `under ${start}`);
			for (const { kind, key } of entries) equal(kind, key.endsWith("/") ? "prefix" : "object", `kind of ${key}`);
		}
	}),
	onLists(
		"a prefix that no key has lists nothing, also where it points outside",
		async ({ backend, writer, prefix }) => {
			await writer.put(`${prefix}dir/a`, text("a"));
			for (const start of ["x", "dir/b", "dir/a/", "dir//", "dirx/", "../", "dir/../", "./", "dir/./"])
				for (const options of [undefined, { delimiter: "/" } as const])
					equal(await entriesOf(backend, prefix + start, options), [], `under ${start}`);
			for (const start of ["/", "../", "//"]) equal(await entriesOf(backend, start), [], `under ${start}`);
		},
	),
	onLists(
		"what was deleted is not listed, nor a prefix of which nothing is left",
		async ({ backend, writer, prefix }) => {
			for (const name of NAMES) await writer.put(prefix + name, text(name));
			await writer.delete(["abc/1", "abc/12", "abc/2/x", "b/c/0/1", "a"].map((name) => prefix + name));
			const left = ["ab", "abd", "b/c/0/0", "b/zarr.json", "zarr.json"].map((name) => prefix + name);
			equal(await keysOf(backend, prefix), left, "list");
			const folded = ["ab", "abd", "b/", "zarr.json"].map((name) => prefix + name);
			equal(await keysOf(backend, prefix, { delimiter: "/" }), folded, "list with a delimiter");
		},
	),
	onLists(
		"where entries are listed in order, it is that of their code points, and begins after any of them",
		async ({ backend, writer, prefix }) => {
			if (!backend.supports.listsInOrder) return;
			for (const name of [...NAMES, ...BEYOND].reverse()) await writer.put(prefix + name, text(name));
			for (const options of [{}, { delimiter: "/" } as const]) {
				const keys = (await entriesOf(backend, prefix, options)).map(({ key }) => key);
				equal(keys, keys.toSorted(compareKeys), "the order");
				for (const [i, after] of keys.entries()) {
					const rest = (await entriesOf(backend, prefix, { ...options, after })).map(({ key }) => key);
					equal(rest, keys.slice(i + 1), `after ${after}`);
				}
				for (const [after, expected] of [
					["!", keys],
					[`${prefix}aa`, keys.slice(1)],
					[`${prefix}\u{10ffff}`, []],
				] as const) {
					const rest = (await entriesOf(backend, prefix, { ...options, after })).map(({ key }) => key);
					equal(rest, expected, `after ${after}, which is not there`);
				}
			}
		},
	),
	onLists("thousands of keys are listed, each once", async ({ backend, writer, prefix }) => {
		const keys = Array.from({ length: MANY }, (_, i) => `${prefix}data/c/${i % 3}/${i}`);
		await concurrently(MANY, async (i) => void (await writer.put(keys[i] as string, text("x"))));
		equal(await keysOf(backend, `${prefix}data/`), [...keys].sort(), "list");
		const zero = keys.filter((_, i) => i % 3 === 0).sort();
		equal(await keysOf(backend, `${prefix}data/c/0/`, { delimiter: "/" }), zero, "list with a delimiter");
		await writer.delete(keys);
		equal(await keysOf(backend, prefix), [], "list after deleting all in one call");
	}),
	onLists(
		"what is not changed while it is listed is listed once, and nothing twice",
		async ({ backend, writer, prefix }) => {
			const stable = Array.from({ length: 150 }, (_, i) => `${prefix}d${i % 4}/stable-${i}`);
			const changing = Array.from({ length: 150 }, (_, i) => `${prefix}d${i % 4}/changing-${i}`);
			await concurrently(150, async (i) => {
				await writer.put(stable[i] as string, text("x"));
				await writer.put(changing[i] as string, text("x"));
			});
			const seen: string[] = [];
			let next = 0;
			for await (const { key } of backend.list(prefix)) {
				seen.push(key);
				if (seen.length % 3 > 0) continue;
				const changed = changing[next++ % 150] as string;
				await writer.delete([changed]);
				if (next % 2) await writer.put(changed, text("again"));
			}
			equal(new Set(seen).size, seen.length, "keys listed, each once");
			const missed = stable.filter((key) => !seen.includes(key));
			check(missed.length === 0, `${missed.length} of 150 keys that nobody touched are missing, such as ${missed[0]}`);
		},
	),
];

function onLists(name: string, body: (store: Store) => Promise<void>): Clause {
	return {
		name,
		async check(store) {
			if (store.backend.supports.list) await body(store);
		},
	};
}
