export function nextTurn(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, 0));
}

/** What this process has worked so far (ms): less than the time that passes, on a machine that others use as well. In a browser, that time. */
export function timeWorked(): number {
	if (typeof process === "undefined") return performance.now();
	const { user, system } = process.cpuUsage();
	return (user + system) / 1000;
}
