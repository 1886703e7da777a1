import { StoreError } from "../errors.js";

/**
 * A WebAssembly module has 2 GiB, into which go input, result and working memory. Beyond, it does not only fail: it leaves its memory in
 * such a state that the next call fails too. 640 MiB went well, 768 MiB did not.
 */
const MODULE_LIMIT = 512 * 1024 * 1024;

/** @throws StoreError TOO_LARGE where a module cannot take as many bytes in, or give as many */
export function checkModuleMemory(codec: string, bytes: number, advice: string): void {
	if (bytes <= MODULE_LIMIT) return;
	throw new StoreError("TOO_LARGE", `codec ${codec} takes at most ${MODULE_LIMIT} bytes here, not ${bytes}: ${advice}`);
}
