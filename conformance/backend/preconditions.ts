import type { Backend } from "../../src/backend.js";
import { check, equal, rejects, succeeds } from "../expect.js";
import { type Clause, type Store, text, textAt, writing } from "./store.js";

const RACERS = 32;
const ABSENT = { when: { absent: true } } as const;

export const preconditions: readonly Clause[] = [
	writing("a precondition that is not supported is refused, never ignored", async (backend, { prefix }) => {
		const { createIfAbsent, compareAndSwap, conditionalDelete } = backend.supports;
		const key = `${prefix}a`;
		const etag = await backend.put(key, text("old"));
		const bytes = text("new");
		if (!createIfAbsent) await rejects(() => backend.put(`${prefix}b`, bytes, ABSENT), "UNSUPPORTED", "create");
		if (!compareAndSwap) await rejects(() => backend.put(key, bytes, { when: { etag } }), "UNSUPPORTED", "swap");
		const removal = [{ key, bytes: undefined, when: { etag } }];
		if (!conditionalDelete) await rejects(() => backend.commit(removal), "UNSUPPORTED", "conditional delete");
		const kept = await textAt(backend, key);
		check(conditionalDelete || kept === "old", "what is refused changes nothing");
	}),
	creating("of two who create an object the second gets CONFLICT and changes nothing", async (backend, { prefix }) => {
		const key = `${prefix}d/a`;
		const etag = await backend.put(key, text("first"), ABSENT);
		await rejects(() => backend.put(key, text("second"), ABSENT), "CONFLICT", "put");
		await rejects(() => backend.commit([{ key, bytes: text("third"), ...ABSENT }]), "CONFLICT", "commit");
		equal([await textAt(backend, key), (await backend.head(key))?.etag], ["first", etag], "what is stored");
		await backend.delete([key]);
		await backend.put(key, text("again"), ABSENT);
		equal(await textAt(backend, key), "again", "created again after a delete");
	}),
	creating("of many who create one object at once exactly one wins", async (backend, store) => {
		for (let round = 0; round < 4; round++) {
			const key = `${store.prefix}d${round}/a`;
			const winners = await winnersOf(store, backend, (racer, name) => racer.put(key, text(name), ABSENT));
			equal(winners.length, 1, "winners");
			equal(await textAt(backend, key), winners[0], "what is stored is the winner's");
		}
	}),
	swapping("a swap succeeds on the version named and fails with CONFLICT on any other", async (backend, { prefix }) => {
		const key = `${prefix}a`;
		const first = await backend.put(key, text("1"));
		const second = await backend.put(key, text("2"), { when: { etag: first } });
		equal(await textAt(backend, key), "2", "after a swap");
		await rejects(() => backend.put(key, text("3"), { when: { etag: first } }), "CONFLICT", "the version before");
		await rejects(() => backend.put(key, text("3"), { when: { etag: "none" } }), "CONFLICT", "an etag that never was");
		equal([await textAt(backend, key), (await backend.head(key))?.etag], ["2", second], "after a conflict");
		await backend.delete([key]);
		await rejects(() => backend.put(key, text("3"), { when: { etag: second } }), "CONFLICT", "a deleted object");
		equal(await textAt(backend, key), undefined, "after a conflict with a delete");
	}),
	swapping("of many who swap one version at once exactly one wins", async (backend, store) => {
		const key = `${store.prefix}a`;
		for (let round = 0; round < 4; round++) {
			const etag = await backend.put(key, text(`start ${round}`));
			const winners = await winnersOf(store, backend, (racer, name) => racer.put(key, text(name), { when: { etag } }));
			equal(winners.length, 1, "winners");
			equal(await textAt(backend, key), winners[0], "what is stored is the winner's");
		}
	}),
	swapping("counters kept by swaps lose no increment", async (backend, store) => {
		const counters = ["a", "d/b"].map((name) => store.prefix + name);
		for (const key of counters) await backend.put(key, text("0"));
		await withOther(store, backend, async (other) => {
			const workers = Array.from({ length: 8 }, async (_, n) => {
				for (let i = 0; i < 20; i++) await increment(n % 2 === 0 ? backend : other, counters[i % 2] as string);
			});
			await Promise.all(workers);
		});
		for (const key of counters) equal(await textAt(backend, key), "80", "the counter");
	}),
	swapping("a swap undoes no plain put or delete that came between", async (backend, store) => {
		const key = `${store.prefix}a`;
		await withOther(store, backend, async (other) => {
			for (let round = 0; round < 20; round++) {
				const etag = await backend.put(key, text("start"));
				// A store that cannot delete on a condition may mind no other condition while it deletes.
				const deletes = round % 2 === 1 && backend.supports.conditionalDelete;
				const plain = deletes ? () => other.delete([key]) : () => other.put(key, text("plain"));
				const swap = (): Promise<boolean> =>
					succeeds(() => backend.put(key, text("swapped"), { when: { etag } }), "CONFLICT");
				await Promise.all(round % 4 < 2 ? [swap(), plain()] : [plain(), swap()]);
				equal(await textAt(backend, key), deletes ? undefined : "plain", "what is stored in the end");
			}
		});
	}),
	writing("a conditional delete removes the version named and no other", async (backend, { prefix }) => {
		if (!backend.supports.conditionalDelete) return;
		const key = `${prefix}a`;
		const first = await backend.put(key, text("1"));
		const second = await backend.put(key, text("2"));
		const removal = (etag: string) => () => backend.commit([{ key, bytes: undefined, when: { etag } }]);
		await rejects(removal(first), "CONFLICT", "the version before");
		equal(await textAt(backend, key), "2", "after a conflict");
		await removal(second)();
		equal(await textAt(backend, key), undefined, "after the delete");
		await rejects(removal(second), "CONFLICT", "a deleted object");
	}),
];

function creating(name: string, body: (backend: Backend, store: Store) => Promise<void>): Clause {
	return writing(name, async (backend, store) => {
		if (backend.supports.createIfAbsent) await body(backend, store);
	});
}

function swapping(name: string, body: (backend: Backend, store: Store) => Promise<void>): Clause {
	return writing(name, async (backend, store) => {
		if (backend.supports.compareAndSwap) await body(backend, store);
	});
}

/** The names of those racers whose write succeeded; they share two backend objects where a second can be had. */
async function winnersOf(
	store: Store,
	backend: Backend,
	race: (racer: Backend, name: string) => Promise<unknown>,
): Promise<string[]> {
	return await withOther(store, backend, async (other) => {
		const names = Array.from({ length: RACERS }, (_, n) => `racer ${n}`);
		const won = await Promise.all(
			names.map((name, n) => succeeds(() => race(n % 2 ? other : backend, name), "CONFLICT")),
		);
		return names.filter((_, n) => won[n]);
	});
}

async function withOther<T>(store: Store, backend: Backend, body: (other: Backend) => Promise<T>): Promise<T> {
	const other = await store.reopen?.();
	try {
		return await body(other ?? backend);
	} finally {
		await other?.close();
	}
}

async function increment(backend: Backend, key: string): Promise<void> {
	for (;;) {
		const fetched = await backend.get(key, { fresh: true });
		check(fetched !== undefined, "a counter is never absent");
		const next = text(String(Number(new TextDecoder().decode(fetched.parts[0])) + 1));
		if (await succeeds(() => backend.put(key, next, { when: { etag: fetched.etag } }), "CONFLICT")) return;
	}
}
