import { posix } from "node:path";
import type { Backend } from "../../../dist/src/backend.js";
import { isStoreError, StoreError } from "../../../dist/src/errors.js";
import type { Break } from "../pass-through.js";

/** Serves what `keeps` says from the caller's own memory. */
function keeping(keeps: (bytes: Uint8Array) => boolean): Break {
	return (inner) => {
		const kept = new Map<string, Uint8Array>();
		return {
			async put(key, bytes, options) {
				if (keeps(bytes)) kept.set(key, bytes);
				return await inner.put(key, bytes, options);
			},
			async get(key, options) {
				const fetched = await inner.get(key, options);
				const bytes = kept.get(key);
				return fetched && bytes && options?.ranges === undefined
					? { ...fetched, parts: [bytes ?? new Uint8Array()] }
					: fetched;
			},
		};
	};
}

async function keysUnder(backend: Backend, prefix: string): Promise<string[]> {
	const keys: string[] = [];
	for await (const { key } of backend.list(prefix)) keys.push(key);
	return keys;
}

/** By clause: a backend that breaks that clause. */
export const brokenWrites: Record<string, Break> = {
	"put replaces the whole object": (inner) => ({
		async put(key, bytes, options) {
			const old = (await inner.get(key))?.parts[0] ?? new Uint8Array();
			const laid = new Uint8Array(Math.max(old.byteLength, bytes.byteLength));
			laid.set(old);
			laid.set(bytes);
			return await inner.put(key, laid, options);
		},
	}),
	"the caller's buffer is its own again after put and commit": keeping(
		(bytes) => !(bytes.buffer instanceof SharedArrayBuffer),
	),
	"bytes given away are stored, and what lies beside them in memory is not touched": (inner) => ({
		put: (key, bytes, options) => inner.put(key, options?.owned ? new Uint8Array(bytes.buffer) : bytes, options),
	}),
	"bytes in shared memory are stored as they are at the call": keeping(
		(bytes) => bytes.buffer instanceof SharedArrayBuffer,
	),
	"what was written or deleted is seen at once": (inner) => {
		const cached = new Map<string, ReturnType<Backend["get"]>>();
		return {
			get(key, options) {
				const fetched = cached.get(key) ?? inner.get(key, options);
				cached.set(key, fetched);
				return fetched;
			},
		};
	},
	"a key that could leave the store is refused by every method": (inner) => ({
		head: (key, options) => inner.head(posix.normalize(`x/${key}/x`), options),
	}),
	"nothing of a commit or delete happens where one of its keys is refused": (inner) => ({
		async delete(keys, options) {
			for (const key of keys) await inner.delete([key], options);
		},
	}),
	"keys of unusual characters are kept apart": (inner) => ({
		get: (key, options) => inner.get(decodeURIComponent(key), options),
		put: (key, bytes, options) => inner.put(decodeURIComponent(key), bytes, options),
	}),
	"delete removes what it names and nothing else; what is not there is no error": (inner) => ({
		async delete(keys, options) {
			for (const key of keys) await inner.delete(await keysUnder(inner, key), options);
		},
	}),
	"a key whose directory was emptied can be written again": (inner) => {
		const removed = new Set<string>();
		return {
			async delete(keys, options) {
				for (const key of keys) removed.add(posix.dirname(key));
				await inner.delete(keys, options);
			},
			async put(key, bytes, options) {
				if (removed.has(posix.dirname(key))) throw new StoreError("UNAVAILABLE", "the directory is gone");
				return await inner.put(key, bytes, options);
			},
		};
	},
	"equal etags of a key mean equal bytes": (inner) => ({
		async put(key, bytes, options) {
			await inner.put(key, bytes, options);
			return String(bytes.byteLength);
		},
		async get(key, options) {
			const fetched = await inner.get(key, options);
			return fetched && { ...fetched, etag: String(fetched.size) };
		},
	}),
};

/** By clause: what is wrong about listing, commits and the rest. */
export const brokenCommits: Record<string, Break> = {
	"commit writes and deletes, and returns the etags in order": (inner) => ({
		commit: async (writes, options) => (await inner.commit(writes, options)).reverse(),
	}),
	"a commit stops at the first write that fails; where it is atomic nothing is left of it": oneByOne,
	"an atomic commit is seen whole or not at all": oneByOne,
	"a commit that names a key twice is refused and does nothing": (inner) => ({
		async commit(writes, options) {
			try {
				return await inner.commit(writes, options);
			} catch (error) {
				if (isStoreError(error, "INVALID_ARGUMENT")) return await inner.commit(writes.slice(1), options);
				throw error;
			}
		},
	}),
};

function oneByOne(inner: Backend): Partial<Backend> {
	return {
		async commit(writes, options) {
			const etags: (string | undefined)[] = [];
			for (const write of writes) {
				etags.push(...(await inner.commit([write], options)));
				await new Promise(setImmediate);
			}
			return etags;
		},
	};
}
