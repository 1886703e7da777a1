import type { Backend } from "tesserae";
import * as zarr from "zarrita";

/** A store of zarrita.js: a Map, which it also calls its in-memory store, or what reads through one of our backends. */
type Store = Map<string, Uint8Array> | zarr.AsyncReadable;

export type ZarritaArray = zarr.Array<"float32", Store>;
export type ZarritaSelection = (ReturnType<typeof zarr.slice> | null)[];

/** A copy of the same stored objects as ours, byte for byte, in memory, as an array of zarrita.js. */
export async function zarritaArray(
	backend: Backend,
	name: string,
): Promise<zarr.Array<"float32", Map<string, Uint8Array>>> {
	const objects = new Map<string, Uint8Array>();
	for await (const entry of backend.list("")) {
		const fetched = entry.kind === "object" ? await backend.get(entry.key) : undefined;
		const [bytes] = fetched?.parts ?? [];
		if (bytes !== undefined) objects.set(`/${entry.key}`, bytes);
	}
	const array = await zarr.open(zarr.root(objects).resolve(name), { kind: "array" });
	return array as zarr.Array<"float32", Map<string, Uint8Array>>;
}

/** An array of zarrita.js that fetches its objects by our backend, so that both sides pay the same for the store. */
export async function zarritaOver(backend: Backend, name: string): Promise<ZarritaArray> {
	const store: zarr.AsyncReadable = { get: async (key) => (await backend.get(key.slice(1)))?.parts[0] };
	return (await zarr.open(zarr.root(store).resolve(name), { kind: "array" })) as ZarritaArray;
}

export const SELECTIONS: { readonly [selection: string]: ZarritaSelection } = {
	"...": [null, null, null],
	"::2, ::2, ::2": [zarr.slice(null, null, 2), zarr.slice(null, null, 2), zarr.slice(null, null, 2)],
};

export async function zarritaGet(
	array: ZarritaArray,
	selection: ZarritaSelection = [null, null, null],
): Promise<Float32Array> {
	const { data } = await zarr.get(array, selection);
	return data;
}

/** Writes all values, row-major. */
export async function zarritaSet(
	array: zarr.Array<"float32", Map<string, Uint8Array>>,
	{ data, shape, stride }: { readonly data: Float32Array; readonly shape: number[]; readonly stride: number[] },
): Promise<void> {
	await zarr.set(array, null, { data, shape, stride });
}
