import { check, equal, rejects } from "../expect.js";
import { type Clause, text, textAt, watchWhile, writing } from "./store.js";

export const commits: readonly Clause[] = [
	writing("commit writes and deletes, and returns the etags in order", async (backend, { prefix }) => {
		const [a, b, c, d] = ["a", "dir/b", "c", "dir/d"].map((name) => prefix + name) as [string, string, string, string];
		for (const key of [a, b]) await backend.put(key, text("old"));
		const etags = await backend.commit([
			{ key: c, bytes: text("new c") },
			{ key: a, bytes: undefined },
			{ key: b, bytes: text("new b") },
			{ key: d, bytes: undefined },
		]);
		const stored = await Promise.all([a, b, c, d].map((key) => textAt(backend, key)));
		equal(stored, [undefined, "new b", "new c", undefined], "what is stored");
		const heads = await Promise.all([c, b].map((key) => backend.head(key)));
		equal(etags, [heads[0]?.etag, undefined, heads[1]?.etag, undefined], "etags");
		equal(await backend.commit([]), [], "an empty commit");
	}),
	writing(
		"a commit stops at the first write that fails; where it is atomic nothing is left of it",
		async (backend, store) => {
			if (!backend.supports.createIfAbsent) return;
			const [first, taken, last] = ["1", "2", "3"].map((name) => store.prefix + name) as [string, string, string];
			await backend.put(taken, text("old"));
			const write = (key: string) => ({ key, bytes: text("new"), when: { absent: true } as const });
			await rejects(() => backend.commit([write(first), write(taken), write(last)]), "CONFLICT", "commit");
			const stored = await Promise.all([first, taken, last].map((key) => textAt(backend, key)));
			equal(stored, [backend.supports.atomicMultiPut ? undefined : "new", "old", undefined], "what is stored");
		},
	),
	writing("an atomic commit is seen whole or not at all", async (backend, { prefix }) => {
		if (!backend.supports.atomicMultiPut) return;
		const [a, b] = [`${prefix}a`, `${prefix}b`];
		const both = (v: number) => [a, b].map((key) => ({ key, bytes: text(String(v)) }));
		await backend.commit(both(0));
		const rewrite = async (): Promise<void> => {
			for (let v = 1; v <= 60; v++) await backend.commit(v % 2 ? both(v) : both(v).reverse());
		};
		// Whichever is read later was never older: a commit that was seen in the one is in the other.
		const look = async (earlier: string, later: string): Promise<void> => {
			const before = Number(await textAt(backend, earlier));
			const after = Number(await textAt(backend, later));
			check(after >= before, `one object shows commit ${before}, the other, read later, commit ${after}`);
		};
		const rewriting = rewrite();
		await Promise.all([watchWhile(rewriting, () => look(a, b)), watchWhile(rewriting, () => look(b, a))]);
	}),
	writing("a commit that names a key twice is refused and does nothing", async (backend, { prefix }) => {
		const key = `${prefix}a`;
		const writes = [
			{ key, bytes: text("1") },
			{ key, bytes: text("2") },
		];
		await rejects(() => backend.commit(writes), "INVALID_ARGUMENT", "commit");
		equal(await textAt(backend, key), undefined, "what is stored");
	}),
];
