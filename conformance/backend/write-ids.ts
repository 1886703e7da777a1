import type { Backend, Etag, Precondition } from "../../src/backend.js";
import { check, equal, rejects, succeeds } from "../expect.js";
import { type Clause, text, writing } from "./store.js";

/** Versions whose ids a store that remembers writes keeps at least. */
const REMEMBERED = 64;

export const writeIds: readonly Clause[] = [
	writing("a store that does not remember writes takes their ids and tells of none", async (backend, { prefix }) => {
		if (backend.supports.remembersWrites) return;
		await backend.put(`${prefix}a`, text("a"), { writeId: "w-1_Z" });
		await backend.commit([{ key: `${prefix}b`, bytes: text("b"), writeId: "w-2" }]);
		for (const name of ["a", "b"]) equal((await backend.head(prefix + name))?.writes, undefined, "writes");
	}),
	remembering("the id of the write that made a version is told, by put and by commit", async (backend, { prefix }) => {
		const [a, b] = [`${prefix}a`, `${prefix}b`];
		await backend.put(a, text("1"), { writeId: "abcXYZ019-_w0000" });
		await backend.commit([{ key: b, bytes: text("1"), writeId: "second" }]);
		equal([await idsOf(backend, a), await idsOf(backend, b)], [["abcXYZ019-_w0000"], ["second"]], "writes");
		await backend.put(`${prefix}c`, text("1"));
		equal(await idsOf(backend, `${prefix}c`), [], "writes of an object that was put without an id");
	}),
	remembering("a version that was replaced on condition is remembered, at least 64 back", async (backend, store) => {
		if (!backend.supports.compareAndSwap) return;
		const key = `${store.prefix}a`;
		const ids: string[] = [];
		let when: Precondition | undefined = backend.supports.createIfAbsent ? { absent: true } : undefined;
		for (let i = 0; i < REMEMBERED + 6; i++) {
			// One has no id of its own, and must not be taken for the one before it.
			const id = i === 30 ? undefined : `write-${i}`;
			ids.unshift(id ?? "");
			when = { etag: await writeBy(backend, i % 3 === 0, { key, value: String(i), when, id }) };
			if (i < 3 || i === 30) equal(await ownIdsOf(backend, key), ids, `writes after ${i + 1}`);
		}
		equal((await ownIdsOf(backend, key)).slice(0, REMEMBERED), ids.slice(0, REMEMBERED), "the newest");
	}),
	remembering("a plain put begins anew, and so does what is put after a delete", async (backend, { prefix }) => {
		const key = `${prefix}a`;
		const steps: readonly [string | undefined, string[]][] = [
			["first", ["first"]],
			["second", ["second"]],
			[undefined, []],
		];
		for (const [writeId, expected] of steps) {
			await backend.put(key, text("x"), { writeId });
			equal(await idsOf(backend, key), expected, "after a put");
		}
		await backend.put(key, text("y"), { writeId: "third" });
		await backend.delete([key]);
		await backend.put(key, text("z"), { writeId: "fourth" });
		equal(await idsOf(backend, key), ["fourth"], "after a delete and a put");
	}),
	remembering("a write that met a conflict is not remembered", async (backend, { prefix }) => {
		if (!backend.supports.compareAndSwap) return;
		const key = `${prefix}a`;
		const old = await backend.put(key, text("1"), { writeId: "first" });
		await backend.put(key, text("2"), { writeId: "second", when: { etag: old } });
		const late = { writeId: "late", when: { etag: old } };
		await rejects(() => backend.put(key, text("3"), late), "CONFLICT", "put");
		await rejects(() => backend.commit([{ key, bytes: text("3"), ...late }]), "CONFLICT", "commit");
		equal(await idsOf(backend, key), ["second", "first"], "writes");
	}),
	remembering("of writers who race, those who won are remembered and nobody else", async (backend, store) => {
		if (!backend.supports.compareAndSwap) return;
		const key = `${store.prefix}a`;
		const other = (await store.reopen?.()) ?? backend;
		try {
			await backend.put(key, text("0"));
			const won: string[] = [];
			const workers = Array.from({ length: 8 }, async (_, worker) => {
				for (let i = 0; i < 7; i++) won.push(await swapUntilWon(worker % 2 ? other : backend, key, `w${worker}-${i}`));
			});
			await Promise.all(workers);
			equal((await idsOf(backend, key)).sort(), won.sort(), "writes");
		} finally {
			if (other !== backend) await other.close();
		}
	}),
];

function remembering(name: string, body: Parameters<typeof writing>[1]): Clause {
	return writing(name, async (backend, store) => {
		if (backend.supports.remembersWrites) await body(backend, store);
	});
}

/** What `head` tells, without empty strings at the end, which a store may leave out. */
async function idsOf(backend: Backend, key: string): Promise<string[]> {
	const ids = [...((await backend.head(key))?.writes ?? [])];
	while (ids.at(-1) === "") ids.pop();
	return ids;
}

/** A layer in between may name what has no id. */
async function ownIdsOf(backend: Backend, key: string): Promise<string[]> {
	return (await idsOf(backend, key)).map((id) => (id.startsWith("write-") ? id : ""));
}

interface Written {
	readonly key: string;
	readonly value: string;
	readonly when: Precondition | undefined;
	readonly id: string | undefined;
}

async function writeBy(backend: Backend, commit: boolean, { key, value, when, id }: Written): Promise<Etag> {
	const options = { when, writeId: id };
	if (!commit) return backend.put(key, text(value), options);
	const [etag] = await backend.commit([{ key, bytes: text(value), ...options }]);
	check(etag !== undefined, "commit returns the new etag");
	return etag;
}

/** Swaps in the same id again and again, as one who lost a race does; returns it. */
async function swapUntilWon(backend: Backend, key: string, id: string): Promise<string> {
	for (;;) {
		const info = await backend.head(key);
		check(info !== undefined, "the object is never absent");
		const swap = (): Promise<unknown> => backend.put(key, text(id), { writeId: id, when: { etag: info.etag } });
		if (await succeeds(swap, "CONFLICT")) return id;
	}
}
