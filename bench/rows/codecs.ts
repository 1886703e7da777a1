import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";
import type { Bench, Group } from "../support/bench.js";
import type { CodecSpeed } from "../support/codec-speed.js";
import type { Results } from "../support/results.js";

const PROGRAM = fileURLToPath(new URL("../codec-speeds.js", import.meta.url));

/** Which library for which codec, and blosc against the one that is had elsewhere: the figures of `decisions/005-codecs.md`. */
export const codecs: Group = { speeds, blosc };

async function speeds({ rounds, results }: Bench): Promise<void> {
	const here = await speedsBy(process.execPath, ["codecs", String(rounds)]);
	const all = [...here, ...(await speedsOfNewerNode(rounds, results))];
	const contents = [...new Set(all.map(({ content }) => content))];
	results.tables.push({
		title: "Codecs, 1 MiB at a time: encode / decode in MB of uncompressed bytes per second of processor time, ratio",
		headings: ["codec", "library", ...contents],
		lines: linesOf(all, contents),
	});
}

async function blosc({ rounds, results }: Bench): Promise<void> {
	const speeds = await speedsBy(process.execPath, ["blosc", String(rounds)]);
	const contents = [...new Set(speeds.map(({ content }) => content))];
	results.tables.push({
		title: "blosc, level 5, 1 MiB at a time: encode / decode in MB/s as above, ratio",
		headings: ["settings", "library", ...contents],
		lines: linesOf(speeds, contents),
	});
}

async function speedsBy(node: string, args: readonly string[]): Promise<CodecSpeed[]> {
	const { stdout } = await promisify(execFile)(node, [PROGRAM, ...args]);
	return JSON.parse(stdout) as CodecSpeed[];
}

/**
 * zlib has zstd from Node 22.15 on; where this is an older one, the registry may have a newer. The addon is measured there again, since
 * fresh memory costs less under a newer Node, for both.
 */
async function speedsOfNewerNode(rounds: number, { omissions }: Results): Promise<CodecSpeed[]> {
	if ("zstdCompressSync" in zlib) return [];
	const npx = ["--yes", "--package=node@22", "node", "--print", "process.execPath"];
	try {
		const { stdout: path } = await promisify(execFile)("npx", npx, { timeout: 120_000 });
		const found = await speedsBy(path.trim(), ["codecs", String(rounds), "zstd-napi", "node:zlib"]);
		return found
			.filter(({ codec }) => codec.startsWith("zstd"))
			.map((speed) => ({ ...speed, library: `${speed.library}, Node 22` }));
	} catch (error) {
		omissions.push({ name: "zstd by node:zlib", reason: `this Node has none, and no other could be had: ${error}` });
		return [];
	}
}

/** One line per codec and library, the settings of a codec together. */
function linesOf(speeds: readonly CodecSpeed[], contents: readonly string[]): string[][] {
	const lines = new Map<string, string[]>();
	for (const { codec, library } of speeds) lines.set(`${codec} ${library}`, [codec, library]);
	for (const content of contents)
		for (const [key, line] of lines) {
			const speed = speeds.find((one) => `${one.codec} ${one.library}` === key && one.content === content);
			line.push(speed === undefined ? "" : figures(speed));
		}
	return [...lines.values()].toSorted(([a = ""], [b = ""]) => a.localeCompare(b, "en", { numeric: true }));
}

function figures({ encode, decode, ratio }: CodecSpeed): string {
	if (decode === undefined || ratio === undefined) return encode.toFixed(0);
	return `${encode.toFixed(0)} / ${decode.toFixed(0)}, ${ratio.toFixed(2)}`;
}
