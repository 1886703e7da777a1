import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";

/** What a figure depends on besides the code. */
export interface Machine {
	readonly date: string;
	readonly cpu: string;
	readonly cores: number;
	readonly memory: string;
	readonly os: string;
	/** Transparent huge pages of the kernel, and what the C library was told about them: large fresh arrays depend on both. */
	readonly hugePages: string;
	/** Mean number of processes that wanted a core in the last minute, before the first measurement. */
	readonly load: number;
	readonly versions: { readonly [program: string]: string };
}

export function describeMachine(): Machine {
	const [first] = cpus();
	return {
		date: new Date().toISOString(),
		cpu: first?.model ?? "unknown",
		cores: cpus().length,
		memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
		os: `${type()} ${release()}`,
		hugePages: hugePages(),
		load: Number((loadavg()[0] ?? 0).toFixed(2)),
		versions: { tesserae: versionIn("package.json"), node: process.versions.node, v8: process.versions.v8 },
	};
}

function hugePages(): string {
	let kernel = "unknown";
	try {
		const setting = readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8");
		kernel = /\[(\w+)\]/.exec(setting)?.[1] ?? kernel;
	} catch {
		// Not Linux.
	}
	const tunables = process.env.GLIBC_TUNABLES;
	return tunables === undefined ? kernel : `${kernel}, ${tunables}`;
}

/** The version that a package.json of the project's tree names. */
export function versionIn(path: string): string {
	const file = new URL(`../../../${path}`, import.meta.url);
	return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
