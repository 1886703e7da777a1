import type { CallOptions, Progress } from "../../src/engine.js";

/** The same options, but that progress counts bytes of values rather than all that tasks have handled, such as encoded copies. */
export function inValues({ signal, onProgress }: CallOptions, bytes: number): CallOptions {
	const report = ({ done, total }: Progress): void =>
		onProgress?.({ done, total, bytes: Math.round((bytes * done) / total) });
	return { signal, onProgress: report };
}
