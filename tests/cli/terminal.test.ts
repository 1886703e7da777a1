import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { connect } from "tesserae";
import { describe, expect, it } from "vitest";
import { output, PROGRAM, temporaryDirectory } from "./command-line.js";

/** `script` (util-linux) makes a terminal for a command; what answers comes through its stdin. */
function hasScript(): boolean {
	try {
		return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux");
	} catch {
		return false;
	}
}

/** Runs the command in a terminal of 80 columns. Both its streams are what is shown there. */
async function inTerminal(args: readonly string[], answer = ""): Promise<{ status: number; screen: string }> {
	const words = [process.execPath, PROGRAM, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
	const { FORCE_COLOR: _, NO_COLOR: __, ...env } = process.env;
	const child = spawn("script", ["-qec", `stty cols 80 rows 24; ${words.join(" ")}`, "/dev/null"], {
		env: { ...env, TERM: "xterm" },
	});
	let screen = "";
	child.stdout.setEncoding("utf8").on("data", (piece: string) => {
		if (answer !== "" && !screen.includes("[y/N]") && (screen + piece).includes("[y/N]")) child.stdin.write(answer);
		screen += piece;
	});
	const [status] = await once(child, "close");
	return { status, screen: screen.replaceAll("\r\n", "\n") };
}

/** Without colours. */
function plain(screen: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
	return screen.replace(/\u001b\[[\d;]*m/g, "");
}

describe.skipIf(!hasScript())("in a terminal", { concurrent: true }, () => {
	it("tables have headings, colours, and no line that is too long", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		await using con = await connect(path);
		for (const name of ["short", "a name that is longer than what the terminal leaves for it in one line of the table"])
			await con.createDataset(name, { shape: [100, 2000, 30000], dtype: "float32", attributes: { of: name } });
		const { status, screen } = await inTerminal(["ls", "-l", path]);
		expect(status).toBe(0);
		expect(screen).toContain("\u001b[1mname");
		const lines = plain(screen).split("\n");
		expect(lines[0]).toMatch(/^name +dtype +shape +chunks +stored$/);
		expect(lines.at(-2)).toMatch(/^short +float32 +\[100, 2000, 30000\] +\[\d+, \d+, \d+\] +0 B$/);
		expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
		const info = await inTerminal(["info", `${path}#short`]);
		expect(plain(info.screen)).toMatch(/\n {2}shape {8}\[100, 2000, 30000\]\n/);
	});

	it("deleting asks first", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		await output(["create", `${path}#a`, "--shape", "1", "--dtype", "int8"]);
		const declined = await inTerminal(["rm", `${path}#a`], "n\n");
		expect([declined.status, declined.screen]).toEqual([
			1,
			expect.stringContaining('Delete the dataset "a" in sqlite:'),
		]);
		const interrupted = await inTerminal(["rm", `${path}#a`], "\u0003");
		expect(interrupted.status).toBe(130);
		const ended = await inTerminal(["rm", `${path}#a`], "\u0004");
		expect([ended.status, ended.screen]).toEqual([1, expect.stringContaining("nothing was deleted")]);
		expect(await output(["ls", path])).toBe("a\n");
		expect((await inTerminal(["rm", `${path}#a`], "y\n")).status).toBe(0);
		expect(await output(["ls", path])).toBe("");
	});

	it("long work shows how far it is, and takes that away at the end", async () => {
		const directory = await temporaryDirectory();
		const path = join(directory, "x.sqlite");
		await output(["create", `${path}#a`, "--shape", "1536,4096", "--dtype", "float32", "--fill", "0.1"]);
		const { status, screen } = await inTerminal(["get", `${path}#a`, "--out", join(directory, "a.csv")]);
		expect(status).toBe(0);
		expect(plain(screen)).toMatch(/writing \S+ █+░+ \d+ % · [\d.]+ [KM]iB\/s · \d+:\d\d left/);
		expect(screen.endsWith("\u001b[1G\u001b[2K")).toBe(true);
	});
});
