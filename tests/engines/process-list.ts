import { execFileSync } from "node:child_process";

interface RunningProcess {
	readonly pid: number;
	readonly parent: number;
	readonly command: string;
}

/** Worker processes of the engine `cluster` that a process has, by default this one. */
export function workersOf(owner: number = process.pid): number[] {
	return all()
		.filter(({ parent, command }) => parent === owner && command.includes("engines/cluster/worker.js"))
		.map(({ pid }) => pid);
}

export function isRunning(pid: number): boolean {
	return all().some((one) => one.pid === pid);
}

/** Without those that have ended and that nobody has asked for yet. */
function all(): RunningProcess[] {
	const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8", maxBuffer: 2 ** 24 });
	return table.split("\n").flatMap((line) => {
		const [, pid, parent, state = "", command = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
		return pid === undefined || state.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
	});
}
