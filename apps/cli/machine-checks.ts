/** What this machine has of what the library uses: the fast implementations, the optional packages. */
import { crc32cImplementations } from "../../src/codecs/crc32c.js";
import { zstdImplementations } from "../../src/codecs/zstd.js";
import { sqliteInUse } from "../../src/targets.js";
import { inTermsOfOptions } from "./advice.js";

/** One finding. `broken` ends in exit status 1; the others are worth knowing. */
export interface Check {
	readonly name: string;
	readonly state: "ok" | "slow" | "doubtful" | "missing" | "broken";
	readonly text: string;
	/** What to do. */
	readonly advice?: string | undefined;
}

/** @returns checks in the order in which they are shown */
export async function checkMachine(): Promise<Check[]> {
	return [
		checkNode(),
		await checkImplementations("zstd", zstdImplementations, ZSTD),
		await checkImplementations("crc32c", crc32cImplementations, CRC32C),
		await checkSqlite(),
		...PEERS.map(checkPeer),
	];
}

const OLDEST: readonly [major: number, minor: number] = [20, 16];

function checkNode(): Check {
	const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
	const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
	const text = `Node ${process.versions.node}`;
	if (!isOld) return { name: "node", state: "ok", text };
	return { name: "node", state: "broken", text, advice: `install Node ${OLDEST.join(".")} or later` };
}

/** What the implementations of a codec are, by the names under which the library knows them. */
interface Implementations {
	readonly texts: { readonly [name: string]: string };
	/** What to do where it is not the first of them. */
	readonly advice: string;
}

const ZSTD: Implementations = {
	texts: { native: "zstd-napi, native", runtime: "node:zlib", wasm: "numcodecs, WebAssembly" },
	advice: "npm install zstd-napi (takes a C++ compiler) decodes faster",
};

const CRC32C: Implementations = {
	texts: { native: "@node-rs/crc32, native", wasm: "hash-wasm, WebAssembly" },
	advice: "npm install @node-rs/crc32 is faster",
};

async function checkImplementations(
	name: string,
	implementations: { readonly [name: string]: () => unknown },
	{ texts, advice }: Implementations,
): Promise<Check> {
	const [first] = Object.keys(implementations);
	for (const [which, load] of Object.entries(implementations)) {
		if ((await load()) === undefined) continue;
		const text = texts[which] ?? which;
		return which === first ? { name, state: "ok", text } : { name, state: "slow", text, advice };
	}
	return { name, state: "broken", text: "no implementation loads", advice: "npm install the package anew" };
}

async function checkSqlite(): Promise<Check> {
	const text = await sqliteInUse();
	if (text !== undefined) return { name: "sqlite", state: "ok", text };
	const advice =
		"npm install better-sqlite3, or use Node 22.13 or later: without SQLite, sqlite: and safe partial writes to file: are not to be had";
	return { name: "sqlite", state: "broken", text: "neither better-sqlite3 nor node:sqlite", advice };
}

/** Optional packages, and what they are for. */
const PEERS = [
	["yauzl", "reading .npz"],
	["yazl", "writing .npz"],
	["h5wasm", "HDF5"],
	["nifti-reader-js", "NIfTI"],
	["fast-png", "PNG"],
] as const;

function checkPeer([name, purpose]: (typeof PEERS)[number]): Check {
	try {
		import.meta.resolve(name);
		return { name, state: "ok", text: `installed, for ${purpose}` };
	} catch {
		return { name, state: "missing", text: `not installed, for ${purpose}`, advice: `npm install ${name}` };
	}
}

/** A check that is passed where `work` ends well. */
export async function attempt(name: string, text: string, work: () => Promise<unknown>): Promise<Check> {
	try {
		const result = await work();
		return { name, state: "ok", text: typeof result === "string" ? result : text };
	} catch (error) {
		return { name, state: "broken", text: inTermsOfOptions((error as Error).message) };
	}
}
