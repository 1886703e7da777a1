import type { Backend, ObjectInfo, PutOptions } from "../../../dist/src/backend.js";
import type { Break } from "../pass-through.js";
import { withSupport } from "./preconditions.js";

/** Tells other ids than the store has. */
function telling(change: (writes: readonly string[]) => readonly string[]): Break {
	return (inner) => ({
		async head(key, options) {
			const info = await inner.head(key, options);
			return info && { ...info, writes: change(info.writes ?? []) };
		},
	});
}

/** Keeps the ids beside the store: those that `ids` says are there after a put. */
function remembering(
	ids: (before: readonly string[], write: PutOptions) => readonly string[],
	put: (store: () => Promise<string>, remember: () => void) => Promise<string>,
): Break {
	return (inner) => {
		const writes = new Map<string, readonly string[]>();
		return {
			async put(key, bytes, options = {}) {
				const remember = (): void => void writes.set(key, ids(writes.get(key) ?? [], options));
				return await put(() => inner.put(key, bytes, options), remember);
			},
			async head(key, options): Promise<ObjectInfo | undefined> {
				const info = await inner.head(key, options);
				return info && { ...info, writes: writes.get(key) ?? [] };
			},
		};
	};
}

const added = (before: readonly string[], { writeId = "", when }: PutOptions): readonly string[] =>
	when === undefined ? [writeId] : [writeId, ...before];

/** By clause: a backend that breaks that clause. */
export const brokenWriteIds: Record<string, Break> = {
	"a store that does not remember writes takes their ids and tells of none": (inner) =>
		withSupport(inner, { remembersWrites: false }),
	"the id of the write that made a version is told, by put and by commit": (inner: Backend) => ({
		commit: (writes, options) =>
			inner.commit(
				writes.map(({ key, bytes, when }) => ({ key, bytes, when })),
				options,
			),
	}),
	"a version that was replaced on condition is remembered, at least 64 back": telling((writes) => writes.slice(0, 63)),
	"a plain put begins anew, and so does what is put after a delete": remembering(
		(before, { writeId = "" }) => [writeId, ...before],
		async (store, remember) => {
			const etag = await store();
			remember();
			return etag;
		},
	),
	"a write that met a conflict is not remembered": remembering(added, (store, remember) => {
		remember();
		return store();
	}),
	// Between a write and its note there is room for another write.
	"of writers who race, those who won are remembered and nobody else": (inner) => {
		const writes = new Map<string, readonly string[]>();
		return {
			async put(key, bytes, options = {}) {
				const before = writes.get(key) ?? [];
				const etag = await inner.put(key, bytes, options);
				await new Promise(setImmediate);
				writes.set(key, added(before, options));
				return etag;
			},
			async head(key, options) {
				const info = await inner.head(key, options);
				return info && { ...info, writes: writes.get(key) ?? [] };
			},
		};
	},
};
