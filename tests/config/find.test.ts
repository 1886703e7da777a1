import { mkdir } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findConfiguration } from "../../dist/src/config/find.js";
import { emptyHome } from "./files.js";

const home = emptyHome();
const found = (file: string, isNamed: boolean) => ({ file: join(home.path, file), isNamed });

describe("a configuration that nobody names", () => {
	test("is the first there is of three, and none where there is none", async () => {
		expect(findConfiguration(undefined)).toBeUndefined();
		for (const name of ["petreloss.conf", ".config/tesserae/config.toml", "work/tesserae.toml"]) {
			await home.write(name, "");
			expect(findConfiguration(undefined)).toEqual(found(name, false));
		}
	});

	test("lies in XDG_CONFIG_HOME, if that is an absolute path", async () => {
		await home.write(".config/tesserae/config.toml", "");
		await home.write("xdg/tesserae/config.toml", "");
		process.env.XDG_CONFIG_HOME = join(home.path, "xdg");
		expect(findConfiguration(undefined)).toEqual(found("xdg/tesserae/config.toml", false));
		process.env.XDG_CONFIG_HOME = "../xdg";
		expect(findConfiguration(undefined)).toEqual(found(".config/tesserae/config.toml", false));
	});

	test("is a file: a directory of that name is passed over", async () => {
		await mkdir("tesserae.toml");
		await home.write("petreloss.conf", "");
		expect(findConfiguration(undefined)).toEqual(found("petreloss.conf", false));
	});
});

describe("a configuration that is named", () => {
	test("by the option comes before one named by TESSERAE_CONFIG, and that before those found", async () => {
		for (const name of ["work/tesserae.toml", "a.toml", "b.toml"]) await home.write(name, "");
		process.env.TESSERAE_CONFIG = "../a.toml";
		expect(findConfiguration(undefined)).toEqual(found("a.toml", true));
		expect(findConfiguration("../b.toml")).toEqual(found("b.toml", true));
		expect(findConfiguration("~/b.toml")).toEqual(found("b.toml", true));
		expect(findConfiguration(join(home.path, "b.toml"))).toEqual(found("b.toml", true));
		process.env.TESSERAE_CONFIG = "";
		expect(findConfiguration(undefined)).toEqual(found("work/tesserae.toml", false));
	});

	test("has to be there, and no directory", async () => {
		await home.write("work/tesserae.toml", "");
		for (const name of ["none.toml", "tesserae.toml/none.toml"])
			expect(() => findConfiguration(name)).toThrow(
				expect.objectContaining({ code: "NOT_FOUND", message: expect.stringContaining(join("work", name)) }),
			);
		process.env.TESSERAE_CONFIG = "none.toml";
		expect(() => findConfiguration(undefined)).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
		expect(() => findConfiguration(home.path)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});

	test("is a path, or false for none", async () => {
		await home.write("work/tesserae.toml", "");
		process.env.TESSERAE_CONFIG = "none.toml";
		expect(findConfiguration(false)).toBeUndefined();
		expect(findConfiguration(devNull)).toBeUndefined();
		process.env.TESSERAE_CONFIG = devNull;
		expect(findConfiguration(undefined)).toBeUndefined();
		for (const option of ["", 3, null, true])
			expect(() => findConfiguration(option as string)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});
});

describe("under ranks", () => {
	test("HOST.RANK.FILE comes before RANK.FILE, and that before FILE, wherever the file lies and however it was found", async () => {
		const [around, other] = [
			{ host: "node7", rank: 3 },
			{ host: "node8", rank: 4 },
		];
		for (const [directory, file, option] of [
			["work/", "tesserae.toml", undefined],
			["", "petrel.conf", "../petrel.conf"],
		] as const) {
			await home.write(directory + file, "");
			expect(findConfiguration(option, around)?.file).toBe(join(home.path, directory, file));
			await home.write(`${directory}3.${file}`, "");
			expect(findConfiguration(option, around)?.file).toBe(join(home.path, directory, `3.${file}`));
			await home.write(`${directory}node7.3.${file}`, "");
			expect(findConfiguration(option, around)?.file).toBe(join(home.path, directory, `node7.3.${file}`));
			expect(findConfiguration(option, other)?.file).toBe(join(home.path, directory, file));
			expect(findConfiguration(option)?.file).toBe(join(home.path, directory, file));
		}
	});

	test("the rank is that of TESSERAE_RANK, and only the file of a rank need be there", async () => {
		await home.write("work/0.only.toml", "");
		process.env.TESSERAE_RANK = "0";
		expect(findConfiguration("only.toml")).toEqual(found("work/0.only.toml", true));
		process.env.TESSERAE_RANK = "1";
		expect(() => findConfiguration("only.toml")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
		process.env.TESSERAE_RANK = "../0";
		expect(() => findConfiguration("only.toml")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
	});

	test("ranks have files of their own only where TESSERAE_CONFIG_PER_RANK asks for them, whoever started them", async () => {
		for (const started of [
			{ TESSERAE_RANK: "2", TESSERAE_RANKS: "4" },
			{ OMPI_COMM_WORLD_RANK: "2" },
			{ SLURM_PROCID: "2" },
		]) {
			await home.write("work/all.toml", "");
			await home.write("work/2.all.toml", "");
			Object.assign(process.env, started);
			expect(findConfiguration("all.toml")).toEqual(found("work/all.toml", true));
			process.env.TESSERAE_CONFIG_PER_RANK = "1";
			expect(findConfiguration("all.toml")).toEqual(found("work/2.all.toml", true));
			for (const name of ["TESSERAE_CONFIG_PER_RANK", ...Object.keys(started)]) delete process.env[name];
		}
	});
});
