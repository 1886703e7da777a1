/** Files that are meant to do harm, or that are no configurations at all, are refused soon and in words. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, symlink } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { connect, isStoreError } from "tesserae";
import { describe, expect, test } from "vitest";
import { loadConfiguration } from "../../dist/src/config/load.js";
import { complaint, emptyHome } from "./files.js";

const home = emptyHome();
const MIB = 2 ** 20;

describe.each(["x.toml", "x.conf"])("%s", (name) => {
	test("that is huge", async () => {
		expect(await complaint(home.load(name, new Uint8Array(MIB + 1).fill(0x20)))).toContain("more than 1048576 bytes");
		expect((await home.load(name, `#${" ".repeat(MIB - 2)}\n`)).clusters.size).toBe(0);
	});

	test("that has no end", async () => {
		await symlink("/dev/zero", join(home.path, name));
		expect(await complaint(loadConfiguration(join(home.path, name)))).toContain("more than 1048576 bytes");
	});

	test("that is no text", async () => {
		expect(await complaint(home.load(name, Uint8Array.of(0x61, 0, 0x62)))).toContain("it is no text");
		expect(await complaint(home.load(name, Uint8Array.of(0x61, 0xff, 0x62)))).toContain("no UTF-8 text");
		const elf = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0);
		expect(await complaint(home.load(name, elf))).toContain("it is no text");
	});

	test("that may not be read", async () => {
		const file = await home.write(name, "");
		await chmod(file, 0);
		// Root reads everything.
		if (process.getuid?.() === 0) await loadConfiguration(file);
		else await expect(loadConfiguration(file)).rejects.toMatchObject({ code: "FORBIDDEN" });
		await expect(loadConfiguration(join(home.path, "gone.toml"))).rejects.toMatchObject({ code: "NOT_FOUND" });
	});

	test("whose lines are long", async () => {
		for (const line of [
			" ".repeat(MIB - 9),
			`${"a ".repeat(MIB / 2 - 99)}b`,
			"[".repeat(MIB - 9),
			`a = ${" ".repeat(MIB - 99)}b`,
			`${"a.".repeat(MIB / 4)}b = 1`,
		])
			await home.load(name, line).catch((error) => expect(isStoreError(error, "INVALID_ARGUMENT")).toBe(true));
	});

	test("of any bytes is read or refused as wrong", async () => {
		const token = fc.constantFrom(
			"[",
			"]",
			"=",
			":",
			"\n",
			"\r",
			'"',
			"'",
			"#",
			"%(",
			")s",
			"%",
			".",
			"{",
			"}",
			",",
			" ",
			"\\u0000",
			"clusters",
			"DEFAULT",
			"a",
			"1",
		);
		const text = fc.oneof(
			fc.string({ unit: "binary" }),
			fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join("")),
		);
		await fc.assert(
			fc.asyncProperty(text, async (written) => {
				try {
					await home.load(name, written);
				} catch (error) {
					expect(isStoreError(error, "INVALID_ARGUMENT")).toBe(true);
				}
			}),
			{ numRuns: 300 },
		);
	});
});

describe("TOML", () => {
	test("that is deep", async () => {
		for (const text of [
			`a = ${"[".repeat(100_000)}`,
			`a = ${"{a=".repeat(100_000)}`,
			`a = ${"[".repeat(200)}1${"]".repeat(200)}`,
			`${Array.from({ length: 5000 }, () => "a").join(".")} = 1`,
			`[${Array.from({ length: 5000 }, () => "a").join(".")}]`,
		])
			expect(await complaint(home.load("x.toml", text))).toContain("x.toml");
	});

	test("of thousands of clusters is read, and one mistake among them is found", async () => {
		const clusters = Array.from({ length: 20_000 }, (_, n) => `[clusters.c${n}]\nregion = "r"\n`).join("");
		expect((await home.load("x.toml", clusters)).clusters.size).toBe(20_000);
		expect(await complaint(home.load("x.toml", `${clusters}regio = "r"\n`))).toContain("line 40001: unknown member");
	});
});

describe("a Petrel file", () => {
	const repeated = (times: number, last: string) =>
		`[a]\nhost_base = h\nregion = %(k0)s\n${Array.from({ length: 9 }, (_, n) => `k${n} = ${`%(k${n + 1})s`.repeat(times)}`).join("\n")}\nk9 = ${last}\n`;

	test("whose values grow without bound", async () => {
		expect(await complaint(home.load("x.conf", repeated(10, "x".repeat(100))))).toContain("more than 65536 characters");
		expect(await complaint(home.load("x.conf", repeated(10_000, "x")))).toContain("more than 65536 characters");
	});

	test("whose values are put in without bound, and are nothing", async () => {
		expect((await home.load("x.conf", repeated(10_000, ""))).clusters.get("a")?.options).toEqual({
			endpoint: "http://h",
			pathStyle: true,
		});
	});
});

test.skipIf(process.platform === "win32")("what would never end to be read is not read", async () => {
	const pipe = join(home.path, "work", "tesserae.toml");
	await once(spawn("mkfifo", [pipe]), "exit");
	await (await connect("ram:")).close();
	for (const config of [pipe, "/dev/zero", home.path])
		expect(await complaint(connect("ram:", { config }))).toMatch(/ is no file, so no configuration$/);
});
