import { aborted } from "../../../dist/src/errors.js";
import type { Break } from "../pass-through.js";
import { withSupport } from "./preconditions.js";

let places = 0;

/** By clause: a backend that breaks that clause. */
export const brokenLifecycle: Record<string, Break> = {
	"a cancelled call fails with ABORTED": (inner) => ({
		get: (key, options) => inner.get(key, { ...options, signal: undefined }),
	}),
	"a write that was cancelled before it began does not happen": (inner) => ({
		async put(key, bytes, options) {
			const etag = await inner.put(key, bytes, { ...options, signal: undefined });
			if (options?.signal?.aborted) throw aborted(options.signal);
			return etag;
		},
	}),
	"a listing that is cancelled on the way fails with ABORTED": (inner) => ({
		list: (prefix, options) => inner.list(prefix, { delimiter: options?.delimiter }),
	}),
	"after close every method fails with CLOSED, and close may be called again": () => ({
		async close() {},
	}),
	"a second backend over the same place has the same location and the same objects": () => ({
		location: `place ${++places}`,
	}),
	"closing one backend leaves others over the same place open": (inner) => ({
		async close() {
			for await (const { key } of inner.list("")) await inner.delete([key]);
		},
	}),
	"where the store is persistent it outlives its backends": (inner) => withSupport(inner, { persistent: true }),
	"probe leaves nothing undefined, nothing behind, and agrees with supports": (inner) => ({
		async probe(options) {
			await inner.put("scratch", new Uint8Array(1));
			return await inner.probe(options);
		},
	}),
	"compact changes no object, and usage tells whole numbers of bytes": (inner) => ({
		async compact() {
			for await (const { key } of inner.list("")) await inner.put(key, new Uint8Array(1));
		},
	}),
	"spec opens the same store; without one the store belongs to this process": () => ({
		spec: { module: "tesserae/backends/ram", factory: "ram", options: {} },
	}),
};
