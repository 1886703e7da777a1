import type { Backend, Capabilities, Write } from "../../../dist/src/backend.js";
import { StoreError } from "../../../dist/src/errors.js";
import type { Break } from "../pass-through.js";

/** Looks, waits, then writes: what a store without conditional writes tempts one to. */
function lookThenPut(inner: Backend): Partial<Backend> {
	return {
		async put(key, bytes, options) {
			const when = options?.when;
			if (when === undefined) return await inner.put(key, bytes, options);
			const etag = (await inner.head(key))?.etag;
			const holds = "absent" in when ? etag === undefined : etag === when.etag;
			if (!holds) throw new StoreError("CONFLICT", "another version", { key });
			return await inner.put(key, bytes);
		},
	};
}

/** By clause: a backend that breaks that clause. */
export const brokenPreconditions: Record<string, Break> = {
	"a precondition that is not supported is refused, never ignored": (inner) => ({
		supports: { ...inner.supports, createIfAbsent: false, compareAndSwap: false, conditionalDelete: false },
		put: (key, bytes) => inner.put(key, bytes),
		commit: (writes) => inner.commit(writes.map(({ key, bytes }) => ({ key, bytes }))),
	}),
	"of two who create an object the second gets CONFLICT and changes nothing": (inner) => ({
		put: (key, bytes) => inner.put(key, bytes),
	}),
	"of many who create one object at once exactly one wins": lookThenPut,
	"a swap succeeds on the version named and fails with CONFLICT on any other": (inner) => ({
		put: (key, bytes) => inner.put(key, bytes),
	}),
	"of many who swap one version at once exactly one wins": lookThenPut,
	"counters kept by swaps lose no increment": lookThenPut,
	"a swap undoes no plain put or delete that came between": lookThenPut,
	"a conditional delete removes the version named and no other": (inner) => ({
		commit: (writes, options) =>
			inner.commit(
				writes.map(({ key, bytes }): Write => ({ key, bytes })),
				options,
			),
	}),
};

export function withSupport(inner: Backend, change: Partial<Capabilities>): Partial<Backend> {
	return { supports: { ...inner.supports, ...change } };
}
