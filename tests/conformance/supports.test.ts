import { type Backend, type Capabilities, type ConnectOptions, connect, type Precondition, StoreError } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { datasetConformance } from "tesserae/conformance";
import { describe, expect, test } from "vitest";
import { PassThrough } from "../backends/pass-through.js";

/** A right store that can do less than `ram`, and refuses what it cannot. */
class Lesser extends PassThrough {
	readonly #lacks: Partial<Capabilities>;

	constructor(inner: Backend, lacks: Partial<Capabilities>) {
		super(inner);
		this.#lacks = lacks;
	}

	override get supports(): Capabilities {
		return { ...this.inner.supports, ...this.#lacks };
	}

	override async put(...[key, bytes, options]: Parameters<Backend["put"]>): ReturnType<Backend["put"]> {
		this.#refuse(options?.when);
		return this.inner.put(key, bytes, options);
	}

	/** Each write on its own, where the commit is not atomic. */
	override async commit(...[writes, options]: Parameters<Backend["commit"]>): ReturnType<Backend["commit"]> {
		for (const { when, bytes } of writes) {
			this.#refuse(when);
			if (bytes === undefined && when !== undefined && !this.supports.conditionalDelete) throw unsupported();
		}
		if (this.supports.atomicMultiPut) return this.inner.commit(writes, options);
		const etags = [];
		for (const write of writes) etags.push(...(await this.inner.commit([write], options)));
		return etags;
	}

	override list(...[prefix, options]: Parameters<Backend["list"]>): ReturnType<Backend["list"]> {
		if (!this.supports.list) throw unsupported();
		return this.inner.list(prefix, options);
	}

	#refuse(when: Precondition | undefined): void {
		if (when === undefined) return;
		if ("absent" in when ? !this.supports.createIfAbsent : !this.supports.compareAndSwap) throw unsupported();
	}
}

function unsupported(): StoreError {
	return new StoreError("UNSUPPORTED", "this store cannot do that");
}

const NO_CONDITIONS = { compareAndSwap: false, createIfAbsent: false, conditionalDelete: false, atomicMultiPut: false };

const LESSER: readonly [what: string, lacks: Partial<Capabilities>, options: ConnectOptions][] = [
	["that writes one object at a time", { atomicMultiPut: false }, {}],
	["that cannot delete on a condition", { atomicMultiPut: false, conditionalDelete: false }, {}],
	["without conditions", NO_CONDITIONS, {}],
	["without conditions, with a single writer", NO_CONDITIONS, { writeSafety: "single-writer" }],
];

describe.each(LESSER)("a store %s", (_, lacks, options) => {
	datasetConformance(test, () => connect(new Lesser(ram(), lacks), options));
});

test("where the store cannot compare-and-swap, a write to a part is refused and says what to do", async () => {
	const con = await connect(new Lesser(ram(), NO_CONDITIONS));
	const ds = await con.createDataset("a", { data: Int8Array.of(1, 2, 3, 4, 5, 6), chunkShape: [2] });
	for (const call of [
		() => ds.set([0], 9),
		() => ds.set("1:", 9),
		() => ds.set([[0, 1, 2, 4, 5]], 9),
		() => ds.setPoints([[0]], 9),
	])
		await expect(call()).rejects.toMatchObject({
			code: "UNSUPPORTED",
			message: expect.stringContaining("single-writer"),
		});
	expect([...(await ds.get()).data]).toEqual([1, 2, 3, 4, 5, 6]);
	await ds.set("2:", 9);
	expect([...(await ds.get()).data]).toEqual([1, 2, 9, 9, 9, 9]);
	await con.close();
});
