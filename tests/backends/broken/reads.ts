import type { ByteRange, Fetched } from "../../../dist/src/backend.js";
import { isStoreError, StoreError } from "../../../dist/src/errors.js";
import type { Break } from "../pass-through.js";

/** What `get` brings, changed by `change`. */
function fetching(change: (fetched: Fetched, ranges: readonly ByteRange[] | undefined) => Fetched | undefined): Break {
	return (inner) => ({
		async get(key, options) {
			const fetched = await inner.get(key, options);
			return fetched && change(fetched, options?.ranges);
		},
	});
}

function mapParts(fetched: Fetched, change: (part: Uint8Array, i: number) => Uint8Array): Fetched {
	return { ...fetched, parts: fetched.parts.map(change) };
}

function padded(part: Uint8Array, range: ByteRange | undefined): Uint8Array {
	if (range === undefined || "suffix" in range || range.length === undefined) return part;
	const bytes = new Uint8Array(range.length);
	bytes.set(part);
	return bytes;
}

/** By clause: a backend that breaks that clause. */
export const brokenReads: Record<string, Break> = {
	"get brings what was put, with its size and version": fetching((fetched) => ({ ...fetched, etag: "another" })),
	"absence is undefined to get and head, never an error": (inner) => ({
		async get(key, options) {
			const fetched = await inner.get(key, options);
			if (fetched === undefined) throw new StoreError("NOT_FOUND", "there is none");
			return fetched;
		},
	}),
	"head agrees with get, and tells the time of the write": (inner) => ({
		async head(key, options) {
			const info = await inner.head(key, options);
			return info && { ...info, modified: new Date(0) };
		},
	}),
	"a range is cut at the object's end, never padded": fetching((fetched, ranges) =>
		mapParts(fetched, (part, i) => padded(part, ranges?.[i])),
	),
	"several ranges come in the order asked, also where they overlap": (inner) => ({
		get(key, options) {
			const ranges = options?.ranges;
			const start = (range: ByteRange): number => ("suffix" in range ? Number.MAX_SAFE_INTEGER : range.offset);
			return inner.get(key, { ...options, ranges: ranges && [...ranges].sort((a, b) => start(a) - start(b)) });
		},
	}),
	"a range that is no range is refused": (inner) => ({
		async get(key, options) {
			try {
				return await inner.get(key, options);
			} catch (error) {
				if (isStoreError(error, "INVALID_ARGUMENT")) return await inner.get(key);
				throw error;
			}
		},
	}),
	"ifMatch reads that version or fails with CONFLICT": (inner) => ({
		get: (key, options) => inner.get(key, { ...options, ifMatch: undefined }),
	}),
	"into is memory that may be used; what comes back is right either way": (inner) => ({
		async get(key, options) {
			const fetched = await inner.get(key, options);
			const into = options?.into;
			if (fetched === undefined || into === undefined || into.byteLength < fetched.size) return fetched;
			return mapParts(fetched, (part) => {
				into.set(part);
				return into;
			});
		},
	}),
	"an object larger than the limit is refused with TOO_LARGE, ranges of it are read": (inner) => ({
		get: (key, options) => inner.get(key, { ...options, limit: undefined }),
	}),
	"borrowed bytes stay as they were when the object is replaced or deleted": (inner) => {
		const pool = new Uint8Array(1 << 20);
		const change = fetching((fetched) =>
			mapParts(fetched, (part) => {
				pool.set(part);
				return pool.subarray(0, part.byteLength);
			}),
		);
		return change(inner);
	},
	"an empty object is an object": fetching((fetched) => (fetched.size === 0 ? undefined : fetched)),
	"an object of 16 MiB comes back whole": fetching((fetched) => mapParts(fetched, (part) => part.subarray(0, 8 << 20))),
	"a reader sees one whole version while the object is overwritten": (inner) => ({
		async put(key, bytes, options) {
			const old = await inner.get(key);
			const mixed = new Uint8Array(bytes);
			mixed.set(old?.parts[0]?.subarray(0, 100) ?? []);
			await inner.put(key, mixed);
			await new Promise(setImmediate);
			return await inner.put(key, bytes, options);
		},
	}),
};
