/** What exactly once costs: decisions/032. */
import { type Connection, connect } from "tesserae";
import { afterEach, expect, test } from "vitest";
import { KINDS, type Kind } from "./stores.js";

const CHUNKS = 200;
const CONCURRENCY = 8;
let con: Connection;

afterEach(() => con.close());

type Counts = { readonly [operation: string]: number };

async function requestsOfApply(kind: Kind, changes: { readonly remote?: boolean } = {}): Promise<Counts> {
	const { ram } = await import("tesserae/backends/ram");
	const store = kind.of(ram());
	if (changes.remote) Object.defineProperty(store, "supports", { value: { ...store.supports, remote: true } });
	con = await connect(store, { concurrency: CONCURRENCY, writeSafety: kind.writeSafety });
	const data = Int32Array.from({ length: 4 * CHUNKS }, (_, i) => i + 1);
	const ds = await con.createDataset("a", { data, chunkShape: [4] });
	const before = con.meter.snapshot().byOperation;
	await ds.apply((block) => block);
	const after = con.meter.snapshot().byOperation;
	const names = Object.keys(after) as (keyof typeof after)[];
	const counts = names.map((name) => [name, after[name].operations - before[name].operations] as const);
	return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

test("where several objects are stored in one step: no more writes than chunks, six requests for the ledger, and a look at it for all who wait", async () => {
	const { get = 0, head = 0, ...others } = await requestsOfApply(KINDS[0] as Kind);
	expect(others).toEqual({ commit: CHUNKS, put: 2, list: 1, delete: 2 });
	expect(get).toBe(CHUNKS);
	expect(head).toBeGreaterThanOrEqual(CHUNKS / CONCURRENCY);
	expect(head).toBeLessThan(CHUNKS / 2);
});

test("elsewhere: one write more for all who wait, a look at the ledger for each of these, and a list for each 64", async () => {
	const { get = 0, head = 0, put = 0, ...others } = await requestsOfApply(KINDS[1] as Kind);
	expect(others).toEqual({ list: 1, delete: 2 });
	const records = put - CHUNKS - Math.floor(CHUNKS / 64) - 2;
	expect(records).toBeGreaterThanOrEqual(CHUNKS / 32);
	expect(records).toBeLessThan(CHUNKS / 4);
	expect(get).toBe(CHUNKS);
	expect(head).toBe(records);
});

test("over a network the header is not looked at for each of them", async () => {
	const { get = 0, head = 0 } = await requestsOfApply(KINDS[1] as Kind, { remote: true });
	expect(get).toBe(CHUNKS);
	expect(head).toBeLessThan(CHUNKS / 32);
});
