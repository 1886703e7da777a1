/** A Backend of one's own: any object with these methods is a store. Here one that passes every call on and prints it. */
import { type Backend, connect } from "tesserae";
import { ram } from "tesserae/backends/ram";

/** `inner`, with a line for each request. */
function traced(inner: Backend): Backend {
	const trace = (request: string, ...keys: readonly string[]): void => console.log(` ${request} ${keys.join(" ")}`);
	return {
		name: "traced",
		location: inner.location,
		// Undefined: only this thread reaches the store, and serves worker threads where there are any.
		spec: undefined,
		get supports() {
			return inner.supports;
		},
		get(key, options) {
			trace("get", key);
			return inner.get(key, options);
		},
		head(key, options) {
			trace("head", key);
			return inner.head(key, options);
		},
		put(key, bytes, options) {
			const when = options?.when === undefined ? "" : "absent" in options.when ? " if absent" : " if unchanged";
			trace(`put${when}`, key);
			return inner.put(key, bytes, options);
		},
		commit(writes, options) {
			trace("commit", ...writes.map(({ key }) => key));
			return inner.commit(writes, options);
		},
		delete(keys, options) {
			trace("delete", ...keys);
			return inner.delete(keys, options);
		},
		list(prefix, options) {
			trace("list", prefix);
			return inner.list(prefix, options);
		},
		probe: (options) => inner.probe(options),
		usage: (options) => inner.usage(options),
		compact: (options) => inner.compact(options),
		close: () => inner.close(),
	};
}

// The suite that a backend must pass is `backendConformance` of tesserae/conformance.
await using con = await connect(traced(ram()));
console.log("create");
const ds = await con.createDataset("a", { shape: [6, 6], dtype: "int8", chunkShape: [3, 3] });
console.log("write two whole chunks");
await ds.set(":3", 1);
console.log("write a part of one");
await ds.set("0, 0", 2);
console.log("read a column");
console.log((await ds.get(":, 4")).data.join(" "));
