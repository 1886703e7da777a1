import { isStoreError } from "../../src/errors.js";
import { check, equal, rejects } from "../expect.js";
import { counting, sameValues } from "./arrays.js";
import { always, type Clause, failureOf, keysOf, lists, partial, where } from "./fixture.js";
import { addOne } from "./kernels.js";
import { Failing, Gate, through } from "./stores.js";

export const faults: readonly Clause[] = [
	partial("an error of the store is an error, never fill value and never absence", async (con) => {
		await con.createDataset("a", { data: counting([8]), chunkShape: [4] });
		const store = new Failing(con.backend);
		const other = await through(con, store);
		const ds = await other.getDataset("a");
		for (const code of ["UNAVAILABLE", "FORBIDDEN", "TIMEOUT"] as const) {
			store.fails = (operation) => (operation === "get" || operation === "head" ? code : undefined);
			await rejects(() => ds.get(), code, "get");
			await rejects(() => ds.at(7), code, "at");
			await rejects(() => ds.points([[1]]), code, "points");
			await rejects(() => ds.set([5], 0), code, "a write to a part");
			await rejects(() => ds.setPoints([[5]], 0), code, "setPoints");
			await rejects(() => ds.apply(addOne), code, "apply");
			await rejects(() => ds.map(addOne, "out"), code, "map");
			await rejects(() => ds.hasChunk([0]), code, "hasChunk");
			await rejects(() => ds.getChunk([0]), code, "getChunk");
			await rejects(() => other.hasDataset("a"), code, "hasDataset");
			await rejects(() => other.getDataset("a"), code, "getDataset");
			await rejects(() => other.createDataset("a", { data: [1] }), code, "createDataset");
			await rejects(() => ds.append([1]), code, "append");
		}
		sameValues(await (await con.getDataset("a")).get(), counting([8]), "values after all");
	}),
	always("the error says which chunk", async (con) => {
		await con.createDataset("g/a", { data: counting([8]), chunkShape: [2] });
		const store = new Failing(con.backend);
		const ds = await (await through(con, store)).getDataset("g/a");
		store.fails = (_, key) => (key === "g/a/c/2" ? "FORBIDDEN" : undefined);
		const error = await failureOf(() => ds.get());
		check(isStoreError(error, "FORBIDDEN"), `FORBIDDEN expected, but got ${error}`);
		equal([error.chunk, error.dataset, error.key], [[2], "g/a", "g/a/c/2"], "chunk, dataset, key");
		check(error.message.includes("[2]"), `the message does not name the chunk: ${error.message}`);
	}),
	always("a write that the store refuses fails with its error, and later ones succeed", async (con) => {
		await con.createDataset("a", { data: counting([8]), chunkShape: [4] });
		const store = new Failing(con.backend);
		const ds = await (await through(con, store)).getDataset("a");
		store.fails = (operation, key) => (operation === "put" && key.endsWith("c/1") ? "NO_SPACE" : undefined);
		await rejects(() => ds.set("...", -1), "NO_SPACE", "set");
		await rejects(() => ds.load(-1), "NO_SPACE", "load");
		sameValues(await ds.get("4:"), { data: Int32Array.of(5, 6, 7, 8), shape: [4] }, "the chunk that was refused");
		store.fails = () => undefined;
		await ds.set("...", 9);
		sameValues(await ds.get(), { data: new Int32Array(8).fill(9), shape: [8] }, "values");
	}),
	where(lists, "what could not be filled is not left half full", async (con) => {
		const source = await con.createDataset("a", { data: counting([8]), chunkShape: [2] });
		const before = await keysOf(con);
		const store = new Failing(con.backend);
		const other = await through(con, store);
		store.fails = (operation, key) => (operation === "put" && key.endsWith("c/3") ? "NO_SPACE" : undefined);
		const options = { data: counting([8]), chunkShape: [2] };
		await rejects(() => other.createDataset("b", options), "NO_SPACE", "createDataset with values");
		const ds = await other.getDataset("a");
		await rejects(() => other.createDataset("b", { data: source, chunkShape: [2] }), "NO_SPACE", "with a dataset");
		await rejects(() => ds.clone("b", { data: true }), "NO_SPACE", "clone");
		await rejects(() => ds.map(addOne, "b"), "NO_SPACE", "map");
		equal(await keysOf(con), before, "objects");
	}),
	partial("a chunk that is damaged is CORRUPT, and can be overwritten", async (con) => {
		for (const codecs of [["zstd"], ["gzip"], ["crc32c"], ["bytes"]]) {
			const ds = await con.createDataset(`a-${codecs}`, { data: counting([8]), chunkShape: [4], codecs });
			const { key } = ds.chunk([1]);
			const bytes = (await con.backend.get(key))?.parts[0] as Uint8Array;
			for (const damaged of [bytes.subarray(0, bytes.length - 3), new Uint8Array(0), damage(bytes)]) {
				if (damaged.length === bytes.length && !CHECKED.includes(String(codecs))) continue;
				await con.backend.put(key, damaged);
				const error = await failureOf(() => ds.get());
				check(isStoreError(error, "CORRUPT"), `${codecs}, ${damaged.length} bytes: CORRUPT expected, not ${error}`);
				equal(error.chunk, [1], "chunk");
				await rejects(() => ds.set([5], 0), "CORRUPT", "a write to a part");
				sameValues(await ds.get(":4"), { data: Int32Array.of(1, 2, 3, 4), shape: [4] }, "the chunk beside it");
			}
			await ds.set("4:", 1);
			sameValues(await ds.get("3:"), { data: Int32Array.of(4, 1, 1, 1, 1), shape: [5] }, "after it was overwritten");
		}
	}),
	always("metadata that is damaged is CORRUPT, not absent", async (con) => {
		await con.createDataset("a", { data: counting([8]) });
		for (const text of ["", "{", "[]", '{"zarr_format":3}', '{"zarr_format":3,"node_type":"array","shape":[-1]}']) {
			await con.backend.put("a/zarr.json", new TextEncoder().encode(text));
			await rejects(() => con.getDataset("a"), "CORRUPT", `getDataset of ${text}`);
			await rejects(() => con.hasDataset("a"), "CORRUPT", `hasDataset of ${text}`);
			await rejects(() => con.createDataset("a", { data: [1] }), "CORRUPT", `createDataset over ${text}`);
		}
		await con.deleteDataset("a");
		equal(await con.hasDataset("a"), false, "there after its deletion");
	}),
	always("the first failure wins: the others are cancelled, and nothing more is started", async (con) => {
		await con.createDataset("a", { data: counting([1000]), chunkShape: [1] });
		const gate = new Gate(con.backend);
		const store = new Failing(gate);
		const ds = await (await through(con, store, { concurrency: 4 })).getDataset("a");
		let asked = 0;
		store.fails = (_, key) => (key.includes("/c/") && ++asked === 4 ? "FORBIDDEN" : undefined);
		await rejects(() => ds.get(), "FORBIDDEN", "get");
		equal([asked, gate.begun, gate.cancelled, gate.waiting], [4, 3, 3, 0], "asked, begun, cancelled, waiting");
	}),
];

/** Codecs that hold a checksum. */
const CHECKED = ["gzip", "crc32c"];

function damage(bytes: Uint8Array): Uint8Array {
	return bytes.map((byte, i) => (i >= bytes.length - 6 ? byte ^ 0x5a : byte));
}
