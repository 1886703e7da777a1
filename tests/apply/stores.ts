/** What applies are tested on: an array in which everything occurs, on stores of every kind. */
import { type Backend, type Connection, connect, type Dataset } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { expect } from "vitest";
import { Lesser } from "../backends/lesser.js";
import { ContentVersions } from "./crashing.js";

export interface Kind {
	readonly name: string;
	of(store: Backend): Backend;
	readonly writeSafety?: "single-writer";
}

const ONE_BY_ONE = { atomicMultiPut: false } as const;
const FORGETFUL = { ...ONE_BY_ONE, remembersWrites: false } as const;

export const KINDS: readonly Kind[] = [
	{ name: "all in one step", of: (store) => store },
	{ name: "one by one", of: (store) => new Lesser(store, ONE_BY_ONE) },
	{ name: "one by one, without a memory of writes", of: (store) => new Lesser(store, FORGETFUL) },
	{ name: "with versions named by content", of: (store) => new ContentVersions(new Lesser(store, FORGETFUL)) },
	{ name: "without conditional deletes", of: (store) => new Lesser(store, { ...FORGETFUL, conditionalDelete: false }) },
	{
		name: "without conditions, for a single writer",
		of: (store) =>
			new Lesser(store, { ...FORGETFUL, conditionalDelete: false, compareAndSwap: false, createIfAbsent: false }),
		writeSafety: "single-writer",
	},
];

export interface Store {
	/** Keeps the store alive. */
	readonly backend: Backend;
	open(through?: (backend: Backend) => Backend): Promise<Dataset<"int32">>;
	close(): Promise<void>;
}

let stores = 0;

/** A store with the array. */
export async function storeOf(kind: Kind, options: { readonly shards?: boolean } = {}): Promise<Store> {
	const name = `apply-${++stores}`;
	const backend = ram({ name });
	const connections: Connection[] = [];
	const open: Store["open"] = async (through = (store) => store) => {
		const { writeSafety } = kind;
		const con = await connect(through(kind.of(ram({ name }))), { writeSafety, concurrency: 3 });
		connections.push(con);
		return con.getDataset("a", { dtype: "int32" });
	};
	await fill(await connect(backend), options);
	return {
		backend,
		open,
		async close() {
			for (const con of connections) await con.close();
			await backend.close();
		},
	};
}

const SHAPE = [10, 7] as const;

/** Chunks that are not stored, chunks that become fill value, chunks at the border, and others. */
async function fill(con: Connection, { shards = false }: { readonly shards?: boolean }): Promise<void> {
	const layout = shards ? { chunkShape: [2, 3], shardShape: [4, 3] } : { chunkShape: [4, 3] };
	const ds = await con.createDataset("a", { shape: [...SHAPE], dtype: "int32", ...layout });
	const data = Int32Array.from({ length: 70 }, (_, i) => 1000 + i);
	await ds.set("...", { data, shape: [...SHAPE] });
	await ds.set("0:4, 0:3", -1);
	await ds.set("4:8, 3:6", 0);
}

export async function valuesOf(ds: Dataset): Promise<number[]> {
	return [...((await ds.get()).data as Int32Array)];
}

export async function objectsOf({ backend }: Store): Promise<Map<string, string>> {
	const objects = new Map<string, string>();
	for await (const { key } of backend.list(""))
		objects.set(key, Buffer.from((await backend.get(key))?.parts[0] ?? []).toString("base64"));
	return new Map([...objects].sort());
}

/** Checks that the store is, byte for byte, as an apply without interruption leaves it. */
export async function expectSame(store: Store, whole: Store): Promise<void> {
	expect(await objectsOf(store)).toEqual(await objectsOf(whole));
}
