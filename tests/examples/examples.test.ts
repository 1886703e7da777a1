import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { decode } from "fast-png";
import { afterEach, beforeEach, expect, test } from "vitest";
import { redis } from "../services/services.js";

interface Expected {
	/** What must be in its output, in this order. */
	readonly prints: readonly (string | RegExp)[];
	/** It is started by `tesserae ranks` so many times at once; its lines are looked at in alphabetical order. */
	readonly ranks?: number;
	/** What is there afterwards in the directory it was started in. */
	readonly leaves?: readonly string[];
}

const EXAMPLES: { readonly [name: string]: Expected } = {
	quickstart: {
		prints: ['"scan" float32 [100, 100, 100]', "[ 44, 11, 56 ] 0 [ 4, 100 ] 1", "chunks    8 of [32, 32, 32]"],
		leaves: ["tutorial.sqlite"],
	},
	selections: {
		prints: [
			"a pixel: 123",
			"[6]) [220, 221, 222, 223, 224, 225]",
			"[3]) [15, 13, 11]",
			"[3]) [15, 13, 11]",
			"[[4, 5],\n [14, 15]]",
			"[3, 4]) [[0, 10, 20, 30],",
			"[1, 6]) [[30, 31, 32, 33, 34, 35]]",
			"[[5, 0, 0],\n [35, 30, 30]]",
			"[[100, 101],\n [130, 131]]",
			"[ 2, 4, 6 ]",
			"[[5, 0, 0],\n [35, 30, 30]]",
			"[4, 2]) [[201, 202],",
			"[4, 2]) [[201, 202],",
			"[3]) [0, 111, 222]",
		],
	},
	writing: {
		prints: [
			"[[2, 1, 3, 1, 4, 99],\n [0, 10, 20, 30, 40, 50],\n [4, 5, 6, 7, 8, 9],\n [7, 99, 80, 80, 80, 8]]",
			"numbers: value 256 at index [2] does not fit uint8",
			"fractions: value 1.5",
			"unsigned: 1 2 0",
			"signed: 1 2 3",
			"negative: value -2",
			"floats: value 0.5",
			"of another shape: values of shape [2] do not broadcast",
			"unsafe: 255 2 44",
		],
	},
	"text-and-records": {
		prints: [
			/string: NdArray\(string, \[2, 2\]\) \[\["Größe", "日本語"\],\n \["", "two words"\]\] one 日本語/,
			'fixed_length_utf32[32]: NdArray(fixed_length_utf32[32], [2]) ["n/a", "ABC-12"]',
			"bytes: NdArray(bytes, [2]) [<01 02 03>, <>]",
			/struct: \{ x: 1.5, y: -2, id: 7n \} .*\{ x: 0, y: 0, id: 0n \}\]/,
			"upper case: [ 'GRÖSSE', '日本語' ]",
			/lengths: NdArray\(int32, \[2, 2\]\) \[\[4, 3\],\n \[4, 9\]\]/,
		],
	},
	"data-types": {
		prints: [
			/bool: true .*\[1, 0, 1\]/,
			/uint64: .*\[7n, 18446744073709551615n\] sum 18446744073709551622n/,
			/float16: .*\[0.333252, 65504\] in 4 bytes/,
			/complex64: .*\[3, 2\]\) \[\[0, 1\],\n.*\n.* one of them \[ 3, 4 \]/,
			"[1970-01-01T00, 2024-02-29T00, NaT] the second 2024-02-29T00:00:00.000Z",
			"[[255, 128, 0],\n [255, 255, 255]]",
			"[NaN, 8848, 8611, NaN] highest 8848",
			/int8\n.*int64\n.*float64\n/,
			"a bigint: 8n",
			"Float32Array(2) [ 8848, 8611 ]",
			'"heights" is float32, not int8',
		],
	},
	groups: {
		prints: [
			"{ temperature: 21.5, instruments: [ 'A', 'B' ] }",
			"{ unit: 'µV', checked: true }",
			/^scans\/\n {2}monday\/\n {4}before .*\n {4}after .*\n {2}tuesday\/\n/m,
			/^notes\/$/m,
			"scans/tuesday/before\nscans/tuesday/after\n4 datasets; scans/friday: false\n",
			/^monday\/\n {2}before .*\n$/m,
		],
	},
	chunks: {
		prints: [
			"a grid of 3 × 4, 12 in all",
			"in chunks of [128, 128, 128]",
			". # # #\n. # # #\n. . . .\n",
			"requests  3",
			"begins at 80,120, holds 20 × 30, key map/c/2/3",
			"stored: false value: 0",
			"stored: true last row: 0 0 5 5 5 5",
			"true false",
			"NOT_FOUND: chunk [2, 1]",
			"OUT_OF_BOUNDS: [3, 0]",
			"0,1 | 0,3 | 1,1 | 1,2 | 1,3 | 2,0 | 2,3\n",
			"2,0: 800 of 800 above 0",
		],
	},
	codecs: {
		prints: [
			/as it is +1048576 bytes, {2}1.0 : 1 {2}bytes\n/,
			/default +\d{5,6} bytes, +\d+\.\d : 1 {2}bytes, zstd\n/,
			/columns first .* transpose, bytes, zstd\n/,
			/with a checksum +1048592 bytes/,
			"the chunk beside it: 42000 44200 46400",
			/CORRUPT: crc32c: .*chunk \[0, 1\]/,
		],
	},
	shards: {
		prints: [
			"4 shards of 64 × 128 × 128, in each chunks of 16 × 16 × 16",
			/read 10 × 7 × 10 by \d{5} of 16777216 bytes/,
			/shards +1 of \[64, 128, 128\]\n +requests +2\n/,
			"written: 0 beside it: true",
		],
	},
	map: {
		prints: [
			`\n${".".repeat(21)}${"#".repeat(14)}${".".repeat(21)}\n`,
			/^ {11}##\.{15}:{15}## {11}$/m,
			"drawing: 12 chunks",
		],
	},
	apply: {
		prints: [
			/generation 0\n\.+\n\.\.#\.+\n\.{3}#\.+\n\.###\.+\n/,
			/generation 36\n(\.+\n){2}\.{11}#\.+\n\.{12}#\.+\n\.{10}###\.+\n/,
			"45 in all, the largest 9",
		],
	},
	resume: {
		prints: [
			"apply: ABORTED\napply again: CONFLICT\nverify: unfinished counts/.tesserae/apply/ledger.json\n",
			"stopped once more\nevery element is one more: true\n",
			"marked: tesserae_unfinished\nsome chunks to go\n",
			"the last element: 641 of {}",
		],
	},
	reductions: {
		prints: [
			/^min {2}1\d\.\d\d {3}\(without skipNaN: NaN\)$/m,
			/^mean 3[78]\.\d\d$/m,
			/^ *\d+\.\d\d #* +\d+$/m,
			"60 values are NaN",
		],
	},
	reduce: {
		prints: [
			/128, 128 {2}\*{25}\n 63, {2}64 {2}\*{23}\n/,
			/250, 250 {2}\*{10}\n/,
			"7 stars in 16 chunks",
			"\n   79   90   44   70\n   70   79   88   30\n    0   88  100    0\n   80   71    0   40\n",
		],
	},
	threads: {
		prints: [
			"[3.336956, 2.271109, 1.177253, 0.06887736] over SharedArrayBuffer or ArrayBuffer",
			"mean -0.0185, by the library -0.0185",
			"KERNEL_NOT_PORTABLE",
			/^[1-9]\d+ pixels on edges, different: 0$/m,
		],
	},
	cluster: {
		prints: [
			/^[1-9]\d* chunks were done again, all are right: true$/m,
			'StoreError: 5 worker processes in a row ended while they worked on chunk [3] of "nothing", the last one with exit code 1',
			"StoreError: the call was cancelled through its signal",
			"1365205336000 NdArray(float64, [2]) [255936004, 255968001]",
		],
	},
	ranks: {
		ranks: 4,
		prints: [
			/^above 40: (\d+ \+ ){3}\d+ of 262144$/m,
			...[0, 1, 2, 3].flatMap((rank) => [
				new RegExp(`^rank ${rank} of 4: 1[678] writes for 64 chunks$`, "m"),
				`rank ${rank} of 4: ALREADY_EXISTS`,
				`rank ${rank} of 4: mean 36.85737036923307`,
			]),
		],
	},
	streaming: {
		prints: [/loaded .*: 2 %, 5 %, .*100 %/, "from  0 h: 11.0", "from 18 h: 16.0", "ABORTED", "removed: true"],
	},
	append: {
		prints: [
			"two rows at 0, now 2 × 3",
			"places 2 to 21: true",
			"its caller's row: true",
			"before refresh 22 rows, after it 23",
			"[7, 8, 9, 1]",
			"[[1, 2, 3, 1, NaN],\n [4, 5, 6, 1, NaN]]",
			"[[1, 2],\n [4, 5],\n [NaN, NaN]]",
		],
	},
	"concurrent-writers": {
		prints: [
			"compare-and-swap: true atomic sets: true",
			/(writer [0-3]: 16 rows.*\n){4}/,
			"wrote 6400 values into 2 chunks; lost: 0",
		],
	},
	"load-files": {
		prints: ["float32 [80, 80, 80] { unit: 'mm' }", "the same in the middle: true", "ball.png"],
		leaves: ["out"],
	},
	objects: {
		prints: [
			"{ seed: 9223372036854775808n, sigma: [ 1, 1.5 ] } undefined",
			'["11:40","sample B\\n"]',
			"11427 bytes in 3 chunks; 11427 by head",
			"object runs/7/squares.csv",
			/directory (notes|runs)\/\ndirectory (notes|runs)\/\n/,
			"the second writer: CONFLICT",
			"[ 4, 6, 3 ] 213 [ 4, 6 ] 209",
			"deleted: 4 left: true",
		],
	},
	distributed: {
		prints:
			redis === undefined
				? ["this needs a Redis"]
				: [/\d{5,6} pixels on edges, in 64 chunks/, "done map there 64", "done statistic there 64", "different: 0"],
	},
	"object-stores": {
		prints: ['measured: {"createIfAbsent":true,"compareAndSwap":true,"ranges":true}', "lost: 0", "requests: 2"],
	},
	"parquet-and-arrow": {
		prints: [
			/year\.parquet: 9\.33 9\.63 9\.70 by \d reads of \d % of \d{7} bytes/,
			/year\.arrow: 9\.33 9\.63 9\.70 by \d reads of \d % of \d{7} bytes/,
		],
	},
	errors: {
		prints: [
			/NOT_FOUND +there is no dataset "scam"/,
			/ALREADY_EXISTS +"scan" exists already/,
			/OUT_OF_BOUNDS +index 6/,
			/INVALID_ARGUMENT selection "0, 1:2:\^0", column 8/,
			/INVALID_ARGUMENT value 256/,
			/INVALID_ARGUMENT values of shape \[4\]/,
			/READ_ONLY +ram:errors/,
			/NOT_FOUND +there is no store/,
			/INVALID_ARGUMENT there is no backend "tape"/,
			/INVALID_ARGUMENT .*"colour"/,
			/ABORTED +/,
			/KERNEL_FAILED +.*chunk \[0, 0\] of "wrong"/,
			"chunk 0,0 of broken: no more film",
			"nothing there: 0 0 0",
			'chunk [1, 0] of "scan" in ram:errors is not stored',
			"opened with its values: 7",
		],
	},
	http: {
		prints: [
			"[4]) [-0.2238759, -0.2043401, -0.1847225, -0.165031]",
			"2 requests, one for the metadata and one for the chunk",
			"without leave: FORBIDDEN\nanother name: NOT_FOUND\na write: READ_ONLY\na listing: UNSUPPORTED\n",
			/"waves" float32 \[200, 300\].* sum true/,
		],
	},
	stores: {
		prints: [
			"ram     sum 332831315, atomic sets: true",
			"sqlite  sum 332831315, atomic sets: true",
			"file    sum 332831315, atomic sets: false",
			"[ 'demo.sqlite', 'demo.zarr' ] and in the directory: [ 'demo', 'zarr.json' ]",
			'demo.sqlite is opened by sqlite and holds 998001\nmode "r": READ_ONLY',
			'demo.zarr is opened by file and holds 998001\nmode "r": READ_ONLY',
			'copied: Dataset "copy" int32 [1000] in chunks of [100]',
			/before: \{ bytes: \d{7}, reclaimable: \d{7} \}/,
			/after: {2}\{ bytes: \d{1,6}, reclaimable: 0 \}/,
		],
	},
	"own-backend": {
		prints: [
			" put if absent a/zarr.json\n",
			"\n commit a/c/0/0 a/c/0/1\n",
			"\n get a/c/0/0\n put if unchanged a/c/0/0\n",
			"\n get a/c/0/1\n get a/c/1/1\n1 1 1 0 0 0\n",
		],
	},
	wrappers: {
		prints: [
			"put: THROTTLED, again in ≥ 20 ms",
			"sum 2016n",
			"failed calls, as datasets see it: 0 - as it was: more than 10",
			/tesserae_operations_total\{store="ram:wrapped",operation="get"\} \d+/,
			"ram:wrapped/scans holds monday with 63",
			"READ_ONLY\nABORTED\n",
		],
	},
};

/** The main job: longer, with options of its own and a test of its own. */
const LONGER = ["convolutions"];

const files = (await readdir("examples")).filter((file) => file.endsWith(".ts")).map((file) => basename(file, ".ts"));
let [directory, cwd, temporary] = ["", "", ""];

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), "tesserae-examples-"));
	[cwd, temporary] = [join(directory, "here"), join(directory, "temporary")];
	for (const path of [cwd, temporary]) await mkdir(path);
});

afterEach(() => rm(directory, { recursive: true }));

test("every example is run below, begins with a sentence, and is in the README", async () => {
	expect([...Object.keys(EXAMPLES), ...LONGER].sort()).toEqual(files.sort());
	const readme = await readFile("README.md", "utf8");
	for (const name of files) {
		const source = await readFile(`examples/${name}.ts`, "utf8");
		expect(source, name).toMatch(/^\/\*\*[^/]*\.\s*\*\/\n/);
		expect(readme).toContain(`[${name}](examples/${name}.ts)`);
		if (!LONGER.includes(name)) expect(source.split("\n").length, name).toBeLessThanOrEqual(60);
	}
});

/** Runs an example in `cwd`. @returns what it prints */
async function run(name: string, ...args: readonly string[]): Promise<string> {
	const options = { cwd, env: { ...process.env, TMPDIR: temporary, ...(redis && { TESSERAE_REDIS: redis.url }) } };
	const program = resolve(`dist/examples/${name}.js`);
	const { ranks } = EXAMPLES[name] ?? {};
	const launcher = ranks === undefined ? [] : [resolve("dist/apps/cli/index.js"), "ranks", "-n", String(ranks)];
	const { stdout, stderr } = await promisify(execFile)(process.execPath, [...launcher, program, ...args], options);
	expect(stderr).toBe("");
	return ranks === undefined ? stdout : stdout.split("\n").sort().join("\n");
}

/** What else must be true of one: of its output, of the directory it ran in. */
const ALSO: { readonly [name: string]: (stdout: string) => Promise<void> } = {
	/** Its histogram holds every value. */
	async reductions(stdout) {
		const counts = [...stdout.matchAll(/^ *\d+\.\d\d #* +(\d+)$/gm)].map(([, count]) => Number(count));
		expect(counts).toHaveLength(13);
		expect(counts.reduce((a, b) => a + b)).toBe(60_000 - 60);
	},
	/** Its picture is that of a ball. */
	async "load-files"() {
		const { width, height, data } = decode(await readFile(join(cwd, "out", "load-files", "ball.png")));
		expect([width, height, ...data.subarray(0, 3)]).toEqual([80, 80, 68, 1, 84]);
	},
};

test.each(Object.entries(EXAMPLES))(
	"%s prints what it promises, leaves nothing else behind, and runs again where it leaves something",
	async (...example) => {
		const [name, { prints, leaves = [] }] = example;
		const stdout = await run(name);
		let at = 0;
		for (const part of prints) {
			const rest = stdout.slice(at);
			const match = typeof part === "string" ? rest.indexOf(part) : rest.search(part);
			expect(match, `${part} in ${rest}`).toBeGreaterThanOrEqual(0);
			at += match + 1;
		}
		expect(await readdir(cwd)).toEqual(leaves);
		expect(await readdir(temporary)).toEqual([]);
		await ALSO[name]?.(stdout);
		if (leaves.length > 0) expect(await run(name)).toBe(stdout);
	},
);
