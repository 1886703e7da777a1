import type { MaybePromise } from "./codec.js";

/** `f` of `value`, at once where the value is there: awaiting what is no promise costs a turn of the queue for every chunk. */
export function andThen<T, U>(value: MaybePromise<T>, f: (value: T) => MaybePromise<U>): MaybePromise<U> {
	return value instanceof Promise ? value.then(f) : f(value);
}

/** Calls `load` when first asked and keeps what it gave, as a plain value from then on. A failure is not kept. */
export function lazy<T>(load: () => MaybePromise<T>): () => MaybePromise<T> {
	let kept: { readonly value: MaybePromise<T> } | undefined;
	return () => {
		if (kept !== undefined) return kept.value;
		const value = load();
		kept = { value };
		if (value instanceof Promise)
			value.then(
				(loaded) => {
					kept = { value: loaded };
				},
				() => {
					kept = undefined;
				},
			);
		return value;
	};
}
