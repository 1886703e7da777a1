import { expect, it } from "vitest";
import { output, temporaryDirectory } from "./command-line.js";

it("texts, byte strings and records are created, written, described and read", async () => {
	const cwd = await temporaryDirectory();
	const cases = [
		["U8", '["Größe", "x"]', '["Größe", "x"]', ""],
		["string", '["a", "日本"]', '["a", "日本"]', ""],
		["bytes", '["AQI=", ""]', '["AQI=", ""]', ""],
		[
			"struct[x: int8, s: string8]".replace("string8", "U2"),
			'{"x": 1, "s": "a"}',
			'[{ "x": 1, "s": "a" }, { "x": 1, "s": "a" }]',
			{ x: 0, s: "" },
		],
	] as const;
	await Promise.all(
		cases.map(async ([dtype, given, read, fillValue], n) => {
			const at = `s${n}.zarr#d`;
			const created = await output(["create", at, "--shape", "2", "--dtype", dtype, "--json"], { cwd });
			expect(JSON.parse(created)).toMatchObject({ shape: [2], fillValue });
			await output(["set", at, given], { cwd });
			expect((await output(["get", at, "--json"], { cwd })).replace(/,\s+/g, ", ").trim()).toBe(read);
			expect(JSON.parse(await output(["info", at, "--json"], { cwd }))).toMatchObject({ storedChunks: 1 });
		}),
	);
});
