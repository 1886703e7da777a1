import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "tesserae";
import { describe, expect, it } from "vitest";
import { asProcess, output, outputOfProcess, start, temporaryDirectory, tesserae } from "./command-line.js";

const COMMANDS = ["ls", "info", "create", "get", "set", "cp", "rm", "verify", "map", "s3", "ranks", "bench", "doctor"];

describe.concurrent("help and version", () => {
	it("tells the version of the package", async () => {
		const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
		expect(await outputOfProcess(["--version"])).toBe(`${version}\n`);
	});

	it("lists the commands, and fits into 80 columns", async () => {
		const help = await output(["--help"]);
		for (const name of COMMANDS) expect(help).toMatch(new RegExp(`^  ${name} +\\w`, "m"));
		expect(await outputOfProcess(["help"])).toBe(help);
		expect(widest(help)).toBeLessThanOrEqual(80);
	});

	it("of every command shows its arguments, its options, the common ones, and examples", async () => {
		const helps = await Promise.all(COMMANDS.map((name) => output([name, "--help"])));
		for (const [n, help] of helps.entries()) {
			expect(help).toContain(`tesserae ${COMMANDS[n]}`);
			for (const part of ["--json", "--engine", "Examples:"]) expect(help).toContain(part);
		}
		expect(await output(["help", "ls"])).toBe(helps[0]);
	});
});

function widest(text: string): number {
	return Math.max(...text.split("\n").map((line) => line.length));
}

describe.concurrent("wrong usage", () => {
	it("ends in status 2 and one line that says what is wrong", async () => {
		const runs: [args: string[], message: string][] = [
			[["lst"], "unknown command 'lst' (Did you mean ls?)"],
			[["ls", "x", "--jsn"], "unknown option '--jsn' (Did you mean --json?)"],
			[["ls"], "missing required argument 'address'"],
			[["ls", "a", "b"], "too many arguments for 'ls'"],
			[["ls", "x#a%"], '"%" in a name is written %25'],
			[["get", "x#a[q]"], "expected an integer"],
			[["info", "x#a[0]"], "write x#a"],
			[["--workers", "none", "ls", "x"], "a whole number above 0"],
			[["ls", "x", "-O", "memory"], "key=value"],
			[["ls", "x", "-O", "mode=a"], "the command itself chooses it"],
			[["ls", "x", "--log-level", "loud"], "silent, error, warn, info, debug"],
		];
		const ends = await Promise.all(runs.map(([args]) => tesserae(args)));
		for (const [n, { status, stdout, stderr }] of ends.entries()) {
			expect([status, stdout]).toEqual([2, ""]);
			expect(stderr).toMatch(/^tesserae: USAGE: .*\n$/);
			expect(stderr).toContain(runs[n]?.[1]);
		}
	});

	it("no command at all shows the help, on stderr", async () => {
		const { status, stdout, stderr } = await asProcess([]);
		expect([status, stdout]).toEqual([2, ""]);
		expect(stderr).toContain("COMMANDS:");
		expect(stderr).not.toContain("tesserae: ");
	});
});

describe.concurrent("a failure", () => {
	it("is one line with its code, status 1, and a stack only with --debug; reading makes nothing", async () => {
		const cwd = await temporaryDirectory();
		const { status, stdout, stderr } = await asProcess(["ls", "none.sqlite"], { cwd });
		expect([status, stdout]).toEqual([1, ""]);
		expect(stderr).toMatch(/^tesserae: NOT_FOUND: there is no store at sqlite:.*none\.sqlite: "tesserae create".*\n$/);
		const debugged = await tesserae(["ls", "none.zarr", "--debug"], { cwd });
		expect(debugged.stderr).toMatch(/^tesserae: NOT_FOUND: .*\nStoreError: .*\n {4}at /);
		expect(await readdir(cwd)).toEqual([]);
	});

	it("is told by the status alone where nothing is to be logged", async () => {
		const cwd = await temporaryDirectory();
		const quiet = { status: 1, stdout: "", stderr: "" };
		expect(await tesserae(["ls", "none.zarr", "--log-level", "silent"], { cwd })).toEqual(quiet);
		expect(await asProcess(["ls", "none.zarr"], { cwd, env: { TESSERAE_LOG: "silent" } })).toEqual(quiet);
	});

	it("of a connection's option is the backend's own", async () => {
		const cwd = await temporaryDirectory();
		const { status, stderr } = await tesserae(["ls", "x.sqlite", "--option", "colour=red"], { cwd });
		expect([status, stderr]).toEqual([1, expect.stringMatching(/INVALID_ARGUMENT: .*no option "colour"/)]);
	});
});

/** One dataset, which printed is more than a pipe holds. */
async function makeStore(directory: string): Promise<string> {
	const path = join(directory, "x.sqlite");
	await using con = await connect(path);
	await con.createDataset("data", { shape: [1000, 1000], dtype: "uint8" });
	return path;
}

describe.concurrent("the streams", () => {
	it("tells what the store was asked at info, each step at debug", async () => {
		const path = await makeStore(await temporaryDirectory());
		const info = await asProcess(["ls", path], { env: { TESSERAE_LOG: "info" } });
		expect(info.stderr).toMatch(/^tesserae: info: sqlite:.*: \d+ operations, .* read, 0 B written, .* s\n$/);
		const debug = await tesserae(["--log-level", "debug", "ls", path]);
		expect(debug.stderr).toMatch(/^tesserae: debug: opening sqlite:.* in mode r\ntesserae: info: /);
	});

	it("values come in and go out by pipes, and every process ends by itself", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		const run = (args: string[], input = ""): Promise<string> => outputOfProcess(args, { input });
		await run(["create", `${path}#a`, "--shape", "2,2", "--dtype", "int8"]);
		await run(["set", `${path}#a`, "-"], "[[1, 2], [3, -4]]");
		expect(await run(["get", `${path}#a[:, ::-1]`])).toBe("[[ 2  1]\n [-4  3]]\n");
		const [seen, verified] = await Promise.all([run(["info", path, "--json"]), run(["verify", path, "--json"])]);
		expect([JSON.parse(seen), JSON.parse(verified)]).toMatchObject([{ datasets: 1 }, { ok: true }]);
		await run(["rm", `${path}#a`, "--engine", "threads"]);
		expect(await run(["ls", path])).toBe("");
	});

	it("a closed pipe ends the command quietly", async () => {
		const path = await makeStore(await temporaryDirectory());
		const child = start(["get", `${path}#data`, "--full"]);
		let stderr = "";
		child.stderr?.on("data", (piece) => {
			stderr += piece;
		});
		const [first] = await once(child.stdout as NonNullable<typeof child.stdout>, "data");
		child.stdout?.destroy();
		const [status, signal] = await once(child, "exit");
		expect(String(first)).toMatch(/^\[\[0 0 0/);
		expect([status, signal, stderr]).toEqual([0, null, ""]);
	});

	it("colours are for terminals, unless they are forced", async () => {
		const plain = await outputOfProcess(["doctor"]);
		const forced = await outputOfProcess(["doctor"], { env: { FORCE_COLOR: "1" } });
		expect(plain).not.toContain("\u001b");
		expect(forced).toContain("\u001b[32mok\u001b[39m");
	});
});
