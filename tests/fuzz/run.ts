/**
 * Fuzzes the library for some time: `npm run soak -- --minutes 10`, or `--seconds 60`. Cases run in a process of their own, whose time and
 * memory are watched. What is found is printed with its seed and case, which `--seed S --case N` runs again. Exits with 1 where
 * anything was found.
 */
import { fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { News } from "./child.js";
import type { Complaint } from "./exercise.js";

/** A case that takes longer hangs (ms). */
const LONGEST_CASE = 30_000;
/** Bytes that a process may be resident with. What is lost to garbage is less than half of that. */
const MOST_MEMORY = 1.5 * 2 ** 30;
const HEAP_MIB = 512;
/** Cases after which a new process starts, so that each begins with little memory. */
const PER_PROCESS = 5000;

const { values } = parseArgs({
	options: {
		minutes: { type: "string" },
		seconds: { type: "string" },
		seed: { type: "string" },
		case: { type: "string" },
	},
});
const seconds = Number(values.seconds ?? 60 * Number(values.minutes ?? 1));
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
	console.error("usage: npm run soak -- [--minutes M | --seconds S] [--seed N] [--case N]");
	process.exit(2);
}

/** Findings of one sort: the first, and how many there were. */
interface Sort {
	readonly n: number;
	readonly complaint: Complaint;
	times: number;
}
const sorts = new Map<string, Sort>();

function record(n: number, complaint: Complaint): void {
	const frame = complaint.stack?.split("\n").find((line) => line.includes("/dist/") && !line.includes("/tests/")) ?? "";
	const words = complaint.reason.replace(/\d+|"[^"]*"/g, "…").slice(0, 60);
	const sort = `${words} ${frame}`;
	const known = sorts.get(sort);
	if (known !== undefined) {
		known.times++;
		return;
	}
	sorts.set(sort, { n, complaint, times: 1 });
	console.log(`\nfound by --seed ${seed} --case ${n}: ${complaint.call}\n  ${complaint.reason}`);
	if (complaint.stack !== undefined) console.log(complaint.stack.replace(/^/gm, "  | "));
}

/** Resident bytes of a process; 0 where the system does not tell. */
function residentBytes(pid: number): number {
	try {
		return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
	} catch {
		return 0;
	}
}

/** Runs cases in a process until it ends, is done for, or time is up, and gives the number of the next case. */
function runFrom(first: number, end: number, last: number): Promise<number> {
	const child = fork(
		new URL("./child.js", import.meta.url),
		[...[seed, first, last].map(String), join(scratch, "store")],
		{
			execArgv: [`--max-old-space-size=${HEAP_MIB}`],
			serialization: "advanced",
		},
	);
	let current = first;
	let began = performance.now();
	let ended: string | undefined;
	child.on("message", (news: News) => {
		if (news.kind === "complaints") for (const complaint of news.complaints) record(news.n, complaint);
		else [current, began] = [news.n, performance.now()];
	});
	const stop = (reason: string): void => {
		ended ??= reason;
		child.kill("SIGKILL");
	};
	const watch = setInterval(() => {
		const now = performance.now();
		if (now - began > LONGEST_CASE) stop(`takes longer than ${LONGEST_CASE / 1000} s`);
		else if (residentBytes(child.pid as number) > MOST_MEMORY) stop(`is resident with more than ${MOST_MEMORY} bytes`);
		else if (now > end) stop("");
	}, 50);
	return new Promise((resolve) => {
		child.on("exit", (status, signal) => {
			clearInterval(watch);
			const reason = ended ?? (status === 0 ? "" : `the process ended with ${signal ?? status}`);
			if (reason !== "") record(current, { call: "a case", reason, stack: undefined });
			resolve(current + 1);
		});
	});
}

const scratch = mkdtempSync(join(tmpdir(), "tesserae-fuzz-"));
const began = performance.now();
const end = began + 1000 * seconds;
let next = 0;
if (values.case !== undefined) await runFrom(Number(values.case), end, Number(values.case) + 1);
else while (performance.now() < end) next = await runFrom(next, end, next + PER_PROCESS);

rmSync(scratch, { recursive: true, force: true });

const took = Math.round((performance.now() - began) / 1000);
console.log(
	`\nseed ${seed}: ${values.case === undefined ? next : 1} cases in ${took} s, ${sorts.size} sorts of findings`,
);
for (const { n, complaint, times } of sorts.values())
	console.log(`  ${times} × ${complaint.reason.slice(0, 120)} (--case ${n}: ${complaint.call})`);
if (sorts.size > 0) process.exitCode = 1;
