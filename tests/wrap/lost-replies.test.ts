/** A write on condition whose answer was lost is told from the write of another, who may have come in between. */
import { type Backend, type Capabilities, type Etag, type PutOptions, StoreError, type Write } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { type FaultyBackend, fault, meter, retry } from "tesserae/wrap";
import { describe, expect, test } from "vitest";
import { Lesser } from "../backends/lesser.js";
import { PassThrough } from "../backends/pass-through.js";

const AT_ONCE = { base: 0, cap: 0, budget: Number.POSITIVE_INFINITY };
const LOST = { lost: true } as const;
const UNAVAILABLE = { error: "UNAVAILABLE" } as const;
const ABSENT = { when: { absent: true } } as const;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function textAt(store: Backend, key: string): Promise<string | undefined> {
	const fetched = await store.get(key);
	return fetched && new TextDecoder().decode(fetched.parts[0]);
}

/** After the next write something else happens, and then the answer is lost. */
class Between extends PassThrough {
	#then: (() => Promise<unknown>) | undefined;

	onNextWrite(then: () => Promise<unknown>): void {
		this.#then = then;
	}

	override async put(...[key, bytes, options]: Parameters<Backend["put"]>): ReturnType<Backend["put"]> {
		const etag = await this.inner.put(key, bytes, options);
		await this.#lose();
		return etag;
	}

	override async commit(...[writes, options]: Parameters<Backend["commit"]>): ReturnType<Backend["commit"]> {
		const etags = await this.inner.commit(writes, options);
		await this.#lose();
		return etags;
	}

	async #lose(): Promise<void> {
		const then = this.#then;
		this.#then = undefined;
		if (then === undefined) return;
		await then();
		throw new StoreError("UNAVAILABLE", "the answer was lost");
	}
}

interface Setting {
	readonly plain: Backend;
	readonly between: Between;
	readonly faulty: FaultyBackend;
	readonly store: Backend;
	puts(): number;
}

function setting(lacks: Partial<Capabilities> = {}): Setting {
	const plain = ram();
	const counted = meter(new Lesser(plain, lacks));
	const between = new Between(counted.backend);
	const faulty = fault(between);
	return {
		plain,
		between,
		faulty,
		store: retry(faulty, AT_ONCE),
		puts: () => counted.snapshot().byOperation.put.operations,
	};
}

/** Puts `text` on top of what is there, as another writer does. */
async function overwrite(store: Backend, text: string, options?: PutOptions): Promise<void> {
	const etag = (await store.head("a"))?.etag as Etag;
	await store.put("a", bytesOf(text), { when: { etag }, ...options });
}

describe("where the store remembers writes", () => {
	test("a lost answer is found at once, with the etag of what was written", async () => {
		const { plain, faulty, store, puts } = setting();
		const old = await plain.put("a", bytesOf("old"));
		faulty.next("put", LOST);
		const etag = await store.put("a", bytesOf("new"), { when: { etag: old } });
		expect([await textAt(plain, "a"), (await plain.head("a"))?.etag, puts()]).toEqual(["new", etag, 1]);
		faulty.next("put", LOST);
		await store.put("b", bytesOf("made"), ABSENT);
		expect([await textAt(plain, "b"), puts()]).toEqual(["made", 2]);
	});

	test("what failed before it was carried out is written by the next attempt, once", async () => {
		const { plain, faulty, store, puts } = setting();
		faulty.next("put", UNAVAILABLE, { error: "TIMEOUT" }, LOST);
		await store.put("a", bytesOf("made"), ABSENT);
		expect([await textAt(plain, "a"), puts(), (await plain.head("a"))?.writes?.length]).toEqual(["made", 1, 1]);
	});

	test.each<[string, PutOptions]>([
		["with an id", { writeId: "another" }],
		["without an id", {}],
	])("another writer %s on top changes nothing about it; the etag is that of no version", async (_, options) => {
		const { plain, between, store } = setting();
		const old = await plain.put("a", bytesOf("old"));
		between.onNextWrite(() => overwrite(plain, "another's", options));
		const etag = await store.put("a", bytesOf("mine"), { when: { etag: old } });
		expect(await textAt(plain, "a")).toBe("another's");
		await expect(store.put("a", bytesOf("mine again"), { when: { etag } })).rejects.toMatchObject({ code: "CONFLICT" });
		await expect(store.get("a", { ifMatch: etag })).rejects.toMatchObject({ code: "CONFLICT" });
		expect(await textAt(plain, "a")).toBe("another's");
	});

	test("many writers on top change nothing about it", async () => {
		const { plain, between, store, puts } = setting();
		between.onNextWrite(async () => {
			for (let i = 0; i < 60; i++) await overwrite(plain, `${i}`, { writeId: `w${i}` });
		});
		await store.put("a", bytesOf("mine"), ABSENT);
		expect([await textAt(plain, "a"), puts()]).toEqual(["59", 1]);
	});

	test("an answer that is lost together with the look at it is found by the conflict with oneself", async () => {
		const { plain, faulty, store } = setting();
		faulty.next("put", LOST);
		faulty.next("head", UNAVAILABLE, UNAVAILABLE);
		const etag = await store.put("a", bytesOf("mine"), ABSENT);
		expect((await plain.head("a"))?.etag).toBe(etag);
	});

	test("a look that is refused is no answer: the write is tried again", async () => {
		const { plain, faulty, store, puts } = setting();
		faulty.next("put", UNAVAILABLE);
		faulty.next("head", { error: "FORBIDDEN" });
		await store.put("a", bytesOf("mine"), ABSENT);
		expect([await textAt(plain, "a"), puts()]).toEqual(["mine", 1]);
	});

	test("another writer who was faster is a conflict, at once", async () => {
		const { plain, faulty, store, puts } = setting();
		const old = await plain.put("a", bytesOf("old"));
		await overwrite(plain, "another's", { writeId: "another" });
		faulty.next("put", UNAVAILABLE);
		await expect(store.put("a", bytesOf("mine"), { when: { etag: old } })).rejects.toMatchObject({
			code: "CONFLICT",
			key: "a",
		});
		faulty.next("put", UNAVAILABLE);
		await expect(store.put("a", bytesOf("mine"), ABSENT)).rejects.toMatchObject({ code: "CONFLICT" });
		expect([await textAt(plain, "a"), puts()]).toEqual(["another's", 0]);
	});

	test("without a doubt a conflict is believed, without a look", async () => {
		const { plain, faulty, store } = setting();
		await plain.put("a", bytesOf("another's"));
		faulty.next("put", { error: "THROTTLED" });
		faulty.next("head", { error: "FORBIDDEN" });
		await expect(store.put("a", bytesOf("another's"), ABSENT)).rejects.toMatchObject({ code: "CONFLICT" });
		await expect(store.head("a")).rejects.toMatchObject({ code: "FORBIDDEN" });
	});

	test("where what was written is gone without a trace, it is a conflict", async () => {
		const { plain, between, store } = setting();
		const old = await plain.put("a", bytesOf("old"));
		between.onNextWrite(() => plain.put("a", bytesOf("plain")));
		await expect(store.put("a", bytesOf("mine"), { when: { etag: old } })).rejects.toMatchObject({ code: "CONFLICT" });
	});

	test("who gives up in doubt says so", async () => {
		const faulty = fault(ram(), { only: { put: { lostRate: 1 }, head: { errorRate: 1 } } });
		const store = retry(faulty, { ...AT_ONCE, attempts: 3 });
		await expect(store.put("a", bytesOf("mine"), ABSENT)).rejects.toMatchObject({
			code: "UNAVAILABLE",
			message: expect.stringContaining("(gave up after 3 attempts; whether it was stored is not known)"),
		});
	});

	test("a call that is cancelled while it looks fails with ABORTED", async () => {
		const faulty = fault(ram());
		const controller = new AbortController();
		faulty.next("put", LOST);
		faulty.next("head", { slow: Number.POSITIVE_INFINITY });
		const call = retry(faulty).put("a", bytesOf("mine"), { ...ABSENT, signal: controller.signal });
		setTimeout(() => controller.abort(), 5);
		await expect(call).rejects.toMatchObject({ code: "ABORTED" });
	});

	test("only writes on condition get an id, and each one of its own; that of the caller is kept", async () => {
		const { plain, store } = setting();
		const writes = async (): Promise<readonly string[]> => (await plain.head("a"))?.writes ?? [];
		await store.put("a", bytesOf("0"));
		expect(await writes()).toEqual([]);
		const etag = await store.put("a", bytesOf("1"), { when: { etag: (await plain.head("a"))?.etag as Etag } });
		await store.commit([{ key: "a", bytes: bytesOf("2"), when: { etag } }]);
		const ids = await writes();
		for (const id of ids) expect(id).toMatch(/^[\w-]{8}$/);
		expect(new Set(ids).size).toBe(2);
		await store.put("a", bytesOf("3"), { when: { etag: (await plain.head("a"))?.etag as Etag }, writeId: "own" });
		expect(await writes()).toEqual(["own", ...ids]);
	});
});

describe("a commit that is all or nothing", () => {
	const WRITES: readonly Write[] = [
		{ key: "a", bytes: bytesOf("a"), ...ABSENT },
		{ key: "b", bytes: bytesOf("b") },
		{ key: "c", bytes: undefined },
	];

	test("is found by any of its ids", async () => {
		const { plain, between, store } = setting();
		await plain.put("c", bytesOf("c"));
		between.onNextWrite(async () => plain.delete(["a"]));
		const [a, b, c] = await store.commit(WRITES);
		expect([b, c]).toEqual([(await plain.head("b"))?.etag, undefined]);
		expect(a).toMatch(/^replaced-/);
		expect(await plain.get("c")).toBe(undefined);
	});

	test("is made again where nothing of it is there", async () => {
		const { plain, faulty, store } = setting();
		faulty.next("commit", UNAVAILABLE, LOST);
		const [a, b] = await store.commit(WRITES);
		expect([a, b]).toEqual([(await plain.head("a"))?.etag, (await plain.head("b"))?.etag]);
	});

	test("is a conflict where one of its conditions fails", async () => {
		const { plain, faulty, store } = setting();
		await plain.put("a", bytesOf("another's"));
		faulty.next("commit", UNAVAILABLE);
		await expect(store.commit(WRITES)).rejects.toMatchObject({ code: "CONFLICT", key: "a" });
		expect(await plain.get("b")).toBe(undefined);
	});

	test("of a store that does not remember is compared with what is there", async () => {
		const { plain, faulty, store } = setting({ remembersWrites: false });
		faulty.next("commit", LOST);
		const [a, b] = await store.commit(WRITES);
		expect([a, b]).toEqual([(await plain.head("a"))?.etag, (await plain.head("b"))?.etag]);
		faulty.next("commit", LOST);
		await plain.put("c", bytesOf("c"));
		const stale = { key: "d", bytes: bytesOf("d"), ...ABSENT };
		expect(await store.commit([stale, { key: "c", bytes: undefined }])).toEqual([
			(await plain.head("d"))?.etag,
			undefined,
		]);
	});
});

describe("a commit of a store that writes one object at a time", () => {
	test("goes on where it was, and writes nothing twice", async () => {
		const { plain, faulty, store } = setting({ atomicMultiPut: false });
		const etag = await plain.put("a", bytesOf("old"));
		faulty.next("commit", {}, LOST, UNAVAILABLE);
		const writes = ["a", "b", "c"].map((key) => ({
			key,
			bytes: bytesOf(`new ${key}`),
			when: key === "a" ? { etag } : ABSENT.when,
		}));
		const etags = await store.commit(writes);
		const heads = await Promise.all(writes.map(({ key }) => plain.head(key)));
		expect(etags).toEqual(heads.map((head) => head?.etag));
		expect(heads.map((head) => head?.writes?.length)).toEqual([1, 1, 1]);
	});

	test("a bad key is refused before anything is written", async () => {
		const { plain, store } = setting({ atomicMultiPut: false });
		const bytes = bytesOf("x");
		await expect(
			store.commit([
				{ key: "a", bytes },
				{ key: "../b", bytes },
			]),
		).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		expect(await plain.get("a")).toBe(undefined);
	});
});

describe("a delete on condition", () => {
	const removal = (etag: Etag): Write[] => [{ key: "a", bytes: undefined, when: { etag } }];

	test.each([true, false])(
		"is done where nothing is there afterwards (writes are remembered: %s)",
		async (remembersWrites) => {
			const { plain, faulty, store } = setting({ remembersWrites });
			const etag = await plain.put("a", bytesOf("old"));
			faulty.next("commit", UNAVAILABLE, LOST);
			expect(await store.commit(removal(etag))).toEqual([undefined]);
			expect(await plain.get("a")).toBe(undefined);
		},
	);

	test.each([true, false])("is a conflict where another wrote (writes are remembered: %s)", async (remembersWrites) => {
		const { plain, between, faulty, store } = setting({ remembersWrites });
		const etag = await plain.put("a", bytesOf("old"));
		between.onNextWrite(() => plain.put("a", bytesOf("again")));
		await expect(store.commit(removal(etag))).rejects.toMatchObject({ code: "CONFLICT" });
		faulty.next("commit", UNAVAILABLE);
		await expect(store.commit(removal(etag))).rejects.toMatchObject({ code: "CONFLICT" });
		expect(await textAt(plain, "a")).toBe("again");
	});
});

describe("where the store does not remember writes", () => {
	const FORGETS = { remembersWrites: false };

	test("equal bytes are taken for one's own", async () => {
		const { plain, faulty, store } = setting(FORGETS);
		faulty.next("put", LOST);
		const etag = await store.put("a", bytesOf("mine"), ABSENT);
		expect((await plain.head("a"))?.etag).toBe(etag);
		faulty.next("put", LOST);
		await store.put("a", bytesOf("next"), { when: { etag } });
		expect(await textAt(plain, "a")).toBe("next");
		expect((await plain.head("a"))?.writes).toEqual([]);
	});

	test("so are those of another who created the same object at that moment: both are told that they did", async () => {
		const { plain, faulty, store } = setting(FORGETS);
		faulty.next("put", UNAVAILABLE);
		const call = store.put("a", bytesOf("same"), ABSENT);
		const another = await plain.put("a", bytesOf("same"), ABSENT);
		expect(await call).toBe(another);
	});

	test("other bytes are a conflict, of the same length too", async () => {
		for (const another of ["other", "mine!"]) {
			const { plain, between, store } = setting(FORGETS);
			between.onNextWrite(() => plain.put("a", bytesOf(another)));
			await expect(store.put("a", bytesOf("mine"), ABSENT)).rejects.toMatchObject({ code: "CONFLICT" });
		}
		const { plain, between, store } = setting(FORGETS);
		between.onNextWrite(() => plain.put("a", bytesOf("mina")));
		await expect(store.put("a", bytesOf("mine"), ABSENT)).rejects.toMatchObject({ code: "CONFLICT" });
	});

	test("without a doubt a conflict is believed, also where bytes are equal", async () => {
		const { plain, faulty, store } = setting(FORGETS);
		await plain.put("a", bytesOf("mine"));
		faulty.next("put", { error: "THROTTLED" });
		await expect(store.put("a", bytesOf("mine"), ABSENT)).rejects.toMatchObject({ code: "CONFLICT" });
	});
});

test("of many writers who lose every other answer each stamp is there once", async () => {
	const plain = ram();
	await plain.put("a", bytesOf(""));
	const stamps: string[] = [];
	const append = async (store: Backend, stamp: string): Promise<void> => {
		stamps.push(stamp);
		for (;;) {
			const fetched = await store.get("a", { fresh: true });
			const text = `${new TextDecoder().decode(fetched?.parts[0])}${stamp} `;
			try {
				await store.put("a", bytesOf(text), { when: { etag: fetched?.etag as Etag } });
				return;
			} catch (error) {
				if ((error as StoreError).code !== "CONFLICT") throw error;
			}
		}
	};
	const writers = Array.from({ length: 8 }, async (_, writer) => {
		const faulty = fault(plain, { seed: writer, errorRate: 0.1, lostRate: 0.4, latency: [0, 1] });
		const store = retry(faulty, { ...AT_ONCE, attempts: 50 });
		for (let i = 0; i < 15; i++) await append(store, `${writer}.${i}`);
	});
	await Promise.all(writers);
	expect((await textAt(plain, "a"))?.trim().split(" ").sort()).toEqual(stamps.sort());
});
