/** Files of several slabs, and how much memory they take. */
import { execFile } from "node:child_process";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect } from "tesserae";
import { openNpy, openNpz, writeNpy, writeNpz } from "tesserae/files";
import { describe, expect, it } from "vitest";
import { bytesOf, loaded, scratchDirectory } from "./arrays.js";

const at = await scratchDirectory();
const MIB = 2 ** 20;

/** An npy file of bytes that count 0 to 250 over and over, in the order of the file. */
async function countingFile(name: string, shape: readonly number[], order: "C" | "F"): Promise<string> {
	const header = Buffer.alloc(128, " ");
	const text = `{'descr': '|u1', 'fortran_order': ${order === "F" ? "True" : "False"}, 'shape': (${shape.join(", ")}), }`;
	header.write("\x93NUMPY\x01\x00\x76\x00", "latin1");
	header.write(text, 10, "latin1");
	header.write("\n", 127);
	const file = await open(at(name), "w");
	await file.writeFile(header);
	const size = shape.reduce((product, length) => product * length, 1);
	const piece = Uint8Array.from({ length: 251 * 16384 }, (_, i) => i % 251);
	for (let done = 0; done < size; done += piece.length)
		await file.writeFile(piece.subarray(0, Math.min(piece.length, size - done)));
	await file.close();
	return at(name);
}

/** Resident memory at most, in MiB, of a process that loads the file. */
async function peakOf(path: string, how: "slabs" | "whole"): Promise<number> {
	const script = fileURLToPath(new URL("./processes/load.mjs", import.meta.url));
	const { stdout } = await promisify(execFile)(process.execPath, [script, path, at(`store-${how}`), how]);
	return Number(stdout);
}

describe("large files", () => {
	it("of 256 MiB are loaded in less memory than they take", async () => {
		const path = await countingFile("large.npy", [256, 1024, 1024], "C");
		expect(await peakOf(path, "slabs")).toBeLessThan(256);
		expect(await peakOf(path, "whole")).toBeGreaterThan(256);
	});

	it.each([
		["long lines", [400 * 512, 512]],
		["short lines", [40, 2048, 1024]],
	])("in Fortran order are picked together: %s", async (_, shape) => {
		const path = await countingFile("columns.npy", shape, "F");
		const dataset = await loaded(await openNpy(path));
		for (const index of [
			shape.map(() => 0),
			shape.map((length) => length - 1),
			shape.map((length) => length >> 1),
			shape.map((length, d) => (d === 0 ? length - 2 : 1)),
		]) {
			const place = index.reduceRight((sum, i, d) => sum * (shape[d] as number) + i, 0);
			expect(await dataset.at(...index)).toBe(place % 251);
		}
	});

	it("come in slabs that are written, zipped and read back the same", async () => {
		const connection = await connect("ram:");
		const source = await openNpy(await countingFile("slabs.npy", [37, 1024, 1024], "C"));
		const heights: number[] = [];
		for await (const slab of source.slabs()) heights.push((slab as { shape: number[] }).shape[0] ?? 0);
		expect(heights).toEqual([16, 16, 5]);
		const dataset = await connection.createDataset("a", { data: source, chunkShape: [5, 512, 512] });
		await writeNpy(at("again.npy"), dataset);
		await writeNpz(at("again.npz"), { a: { values: dataset } }, { compress: true });
		const again = [await openNpy(at("again.npy")), await openNpz(at("again.npz"))];
		for (const other of again) {
			const copy = await connection.createDataset("copy", {
				data: other,
				chunkShape: [8, 1024, 100],
				ifExists: "replace",
			});
			const [rows, expected] = [await copy.get("14:30"), await dataset.get("14:30")];
			expect(bytesOf(rows.data).equals(bytesOf(expected.data))).toBe(true);
			expect(await copy.at(36, 1023, 1023)).toBe((37 * MIB - 1) % 251);
		}
	});
});
