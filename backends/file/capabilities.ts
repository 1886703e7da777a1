import type { Capabilities } from "../../src/backend.js";

/** What a directory can do on a disk whose locks and hard links can be trusted, or not. */
export function capabilities(locks: boolean, links: boolean): Capabilities {
	return {
		write: true,
		list: true,
		ranges: true,
		readsInto: true,
		createIfAbsent: links,
		compareAndSwap: locks,
		conditionalDelete: locks,
		atomicMultiPut: false,
		persistent: true,
		sharedBetweenProcesses: true,
	};
}
