/** Listing many nodes: what it asks of the store, how much at once, and when the first ones are there. */
import { setImmediate } from "node:timers/promises";
import { type Backend, type Connection, connect, StoreError } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterEach, describe, expect, it } from "vitest";
import { broken } from "../backends/pass-through.js";
import { type Scratch, scratch } from "../backends/scratch.js";
import { collect, plant } from "./stores.js";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function opened(target: string | Backend, options = {}): Promise<Connection> {
	const connection = await connect(target, options);
	cleanUps.push(() => connection.close());
	return connection;
}

const names = (count: number, group = ""): string[] => Array.from({ length: count }, (_, i) => `${group}array-${i}`);

describe.each(["ram", "sqlite", "file"])("2,000 arrays in 40 groups on %s", (name) => {
	const groups = Array.from({ length: 40 }, (_, g) => `group-${g}/`);
	const arrays = groups.flatMap((group) => names(50, group));

	async function filled(): Promise<Connection> {
		const place: Scratch = await scratch();
		cleanUps.push(place.remove);
		const target = { ram: "ram:", sqlite: `sqlite:${place.path}/a.sqlite`, file: `file:${place.path}` }[name] as string;
		const connection = await opened(target, name === "ram" ? {} : { durability: "none" });
		await plant(connection.backend, ["", ...groups, ...arrays]);
		return connection;
	}

	it("are found by one request each, and one listing per group", async () => {
		const connection = await filled();
		const before = connection.meter.snapshot().byOperation;
		const found = await collect(connection.datasets({ recursive: true }));
		const after = connection.meter.snapshot().byOperation;
		expect(found.sort()).toEqual([...arrays].sort());
		expect(after.list.operations - before.list.operations).toBe(41);
		expect(after.get.operations - before.get.operations).toBe(1 + 40 + 2000);
		expect(after.head.operations - before.head.operations).toBe(0);
	});

	it("are found by one request where they are consolidated", async () => {
		const connection = await filled();
		await connection.consolidateMetadata();
		const before = connection.meter.snapshot();
		const group = await connection.group("");
		const found = await collect(group.members({ recursive: true, consolidated: true }));
		expect(connection.meter.snapshot().operations - before.operations).toBe(2);
		expect(found.map((member) => member.name).sort()).toEqual([...groups.map((g) => g.slice(0, -1)), ...arrays].sort());
	});
});

/** Keeps count of the reads that run at once; each takes a turn of the event loop. */
class Reads {
	now = 0;
	most = 0;
	total = 0;
	readonly backend: Backend;

	constructor(inner: Backend) {
		const get: Backend["get"] = async (key, options) => {
			this.total++;
			this.most = Math.max(this.most, ++this.now);
			await setImmediate();
			try {
				return await inner.get(key, options);
			} finally {
				this.now--;
			}
		};
		this.backend = broken(inner, () => ({ get }));
	}
}

async function counted(count: number, options = {}): Promise<{ connection: Connection; reads: Reads }> {
	const inner = ram();
	await plant(inner, ["", ...names(count)]);
	const reads = new Reads(inner);
	return { connection: await opened(reads.backend, options), reads };
}

/** Lets everything happen that happens without anybody asking for more. */
async function settle(): Promise<void> {
	for (let turn = 0; turn < 50; turn++) await setImmediate();
}

describe("a listing", () => {
	it("has at most metadataConcurrency reads in flight, and nearly as many", async () => {
		const { connection, reads } = await counted(200, { concurrency: 4, metadataConcurrency: 20 });
		await collect(connection.datasets());
		expect(reads.most).toBeLessThanOrEqual(20);
		expect(reads.most).toBeGreaterThan(10);
	});

	it("gives the first names before it has read the others, and reads on only as names are taken", async () => {
		const { connection, reads } = await counted(500, { concurrency: 4, metadataConcurrency: 8 });
		const listing = connection.datasets();
		for (let taken = 1; taken <= 5; taken++) {
			expect((await listing.next()).done).toBe(false);
			await settle();
			expect(reads.total, `reads after ${taken} names`).toBeLessThanOrEqual(1 + taken + 8);
		}
		await listing.return();
		const { total } = reads;
		await settle();
		expect(reads.total, "reads after the end").toBe(total);
	});

	it("walks groups at once, however few arrays are in each", async () => {
		const inner = ram();
		const groups = Array.from({ length: 60 }, (_, g) => `g${g}/`);
		await plant(inner, ["", ...groups, ...groups.map((group) => `${group}array`)]);
		const reads = new Reads(inner);
		const connection = await opened(reads.backend, { concurrency: 4, metadataConcurrency: 16 });
		expect(await collect(connection.datasets({ recursive: true }))).toHaveLength(60);
		expect(reads.most).toBeGreaterThan(4);
	});

	it("names arrays that cannot be opened here, and refuses what is no node", async () => {
		const connection = await opened("ram:");
		await plant(connection.backend, ["", "a"]);
		const put = (key: string, text: string) => connection.backend.put(key, new TextEncoder().encode(text));
		await put("later/zarr.json", '{"zarr_format": 3, "node_type": "array", "data_type": "float128"}');
		expect((await collect(connection.datasets())).sort()).toEqual(["a", "later"]);
		await put("odd/zarr.json", '{"zarr_format": 3}');
		await expect(collect(connection.datasets())).rejects.toMatchObject({ code: "CORRUPT", key: "odd/zarr.json" });
	});

	it("fails where a read does, and asks for no more", async () => {
		const inner = ram();
		await plant(inner, ["", ...names(300)]);
		let reads = 0;
		const get: Backend["get"] = async (key, options) => {
			if (++reads === 20) throw new StoreError("UNAVAILABLE", "no answer");
			return inner.get(key, options);
		};
		const connection = await opened(broken(inner, () => ({ get })));
		await expect(collect(connection.datasets())).rejects.toMatchObject({ code: "UNAVAILABLE" });
		expect(reads).toBeLessThan(120);
	});

	it("ends with the signal, and with the connection", async () => {
		const { connection } = await counted(300);
		const abort = new AbortController();
		const listing = connection.datasets({ signal: abort.signal });
		await listing.next();
		abort.abort();
		await expect(collect(listing)).rejects.toMatchObject({ code: "ABORTED" });
		const other = connection.datasets();
		await other.next();
		await connection.close();
		await expect(other.next()).rejects.toMatchObject({ code: "CLOSED" });
	});
});
