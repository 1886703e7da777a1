import type { Backend } from "tesserae";
import * as zarr from "zarrita";

/** A store of zarrita.js: a Map, which it also calls its in-memory store. */
type Objects = Map<string, Uint8Array>;

export type ZarritaArray = zarr.Array<"float32", Objects>;
export type ZarritaSelection = (ReturnType<typeof zarr.slice> | null)[];

/** The same stored objects as ours, byte for byte, as an array of zarrita.js. */
export async function zarritaArray(backend: Backend, name: string): Promise<ZarritaArray> {
	const objects: Objects = new Map();
	for await (const entry of backend.list("")) {
		const fetched = entry.kind === "object" ? await backend.get(entry.key) : undefined;
		const [bytes] = fetched?.parts ?? [];
		if (bytes !== undefined) objects.set(`/${entry.key}`, bytes);
	}
	const array = await zarr.open(zarr.root(objects).resolve(name), { kind: "array" });
	return array as ZarritaArray;
}

export const SELECTIONS: { readonly [selection: string]: ZarritaSelection } = {
	"...": [null, null, null],
	"::2, ::2, ::2": [zarr.slice(null, null, 2), zarr.slice(null, null, 2), zarr.slice(null, null, 2)],
};

export async function zarritaGet(array: ZarritaArray, selection: ZarritaSelection): Promise<Float32Array> {
	const { data } = await zarr.get(array, selection);
	return data;
}
