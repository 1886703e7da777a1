import { execFileSync } from "node:child_process";
import type { TestContext } from "vitest";

/** Mounts a small file system of its own at `path`, or skips the test; call the result to unmount it. */
export function mountSmall(context: TestContext, path: string, size: string): () => void {
	if (process.getuid?.() !== 0 || process.platform !== "linux") context.skip("only root mounts a file system");
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path], { stdio: "pipe" });
	} catch {
		context.skip("this machine does not let root mount a file system");
	}
	return () => void execFileSync("umount", ["-l", path]);
}

export function remountReadOnly(path: string): void {
	execFileSync("mount", ["-o", "remount,ro", path]);
}
