import { type Backend, type Connection, connect } from "tesserae";
import { type Json, type JsonObject, parseJson } from "../../dist/src/format/json.js";
import { broken } from "../backends/pass-through.js";

const ARRAY = JSON.stringify({
	zarr_format: 3,
	node_type: "array",
	shape: [4],
	data_type: "uint8",
	chunk_grid: { name: "regular", configuration: { chunk_shape: [2] } },
	chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
	fill_value: 0,
	codecs: [{ name: "bytes" }],
});
const GROUP = JSON.stringify({ zarr_format: 3, node_type: "group" });

/** Puts nodes in place, as somebody else would: those of a name that ends in `/` are groups. */
export async function plant(backend: Backend, names: readonly string[]): Promise<void> {
	const writes = names.map((name) => ({
		key: `${name}${name === "" || name.endsWith("/") ? "" : "/"}zarr.json`,
		bytes: new TextEncoder().encode(name === "" || name.endsWith("/") ? GROUP : ARRAY),
	}));
	await backend.commit(writes);
}

export async function put(backend: Backend, key: string, content: Json | string): Promise<void> {
	await backend.put(key, new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content)));
}

export async function documentOf(backend: Backend, key: string): Promise<JsonObject> {
	const fetched = await backend.get(key);
	return parseJson(new TextDecoder().decode(fetched?.parts[0] ?? new Uint8Array()), key) as JsonObject;
}

/** The nodes that a group's consolidated metadata has; undefined where it has none. */
export async function copyOf(backend: Backend, key = "zarr.json"): Promise<JsonObject | undefined> {
	const member = (await documentOf(backend, key)).consolidated_metadata as JsonObject | undefined;
	return member?.metadata as JsonObject | undefined;
}

/** A connection to the same store that cannot list, as `http` cannot. */
export function withoutListing(backend: Backend): Promise<Connection> {
	const list = (): never => {
		throw new Error("it was asked for a list");
	};
	return connect(broken(backend, (inner) => ({ supports: { ...inner.supports, list: false }, list })));
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
	const items: T[] = [];
	for await (const item of source) items.push(item);
	return items;
}
