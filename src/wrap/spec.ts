import type { BackendSpec } from "../backend.js";

/** What a wrapper is made of, to be made again elsewhere. */
export interface WrapperSpec {
	/** The wrapper's name, as `tesserae/wrap` exports it. */
	readonly wrapper: "prefix" | "retry" | "limit";
	/** What it was given beside the backend: plain and cloneable. */
	readonly options: unknown;
	/** How to open what is wrapped. */
	readonly inner: BackendSpec;
}

/** The spec of a wrapped backend; undefined where what is wrapped has none. */
export function wrapperSpec(
	inner: BackendSpec | undefined,
	wrapper: WrapperSpec["wrapper"],
	options: unknown,
): BackendSpec | undefined {
	if (inner === undefined) return undefined;
	return { module: "tesserae/wrap", factory: "reopen", options: { wrapper, options, inner } satisfies WrapperSpec };
}
