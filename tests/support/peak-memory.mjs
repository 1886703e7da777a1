import { readFileSync } from "node:fs";

/** The most memory that was resident at once since this process began (KiB). On Linux `resourceUsage` counts that of the process which started it, too. */
export function peakMemory() {
	if (process.platform !== "linux") return process.resourceUsage().maxRSS;
	return Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}
