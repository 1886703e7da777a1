import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { openNifti } from "tesserae/files";
import { describe, expect, it } from "vitest";
import { loaded, refusal, scratchDirectory, valuesOf } from "./arrays.js";

const at = await scratchDirectory();
const BRAIN = fileURLToPath(new URL("../../examples/data/ch2bet.nii.gz", import.meta.url));

interface Fields {
	readonly shape?: readonly number[];
	readonly datatype?: number;
	readonly little?: boolean;
	readonly slope?: number;
	readonly intercept?: number;
	readonly offset?: number;
	readonly magic?: string;
	readonly forms?: { readonly qform: number; readonly sform: number };
}

/** A NIfTI-1 file by the table of nifti1.h. */
function nifti1(values: Uint8Array, fields: Fields = {}): Buffer {
	const { shape = [values.length], datatype = 2, little = true, slope = 0, intercept = 0, offset = 352 } = fields;
	const bytes = Buffer.alloc(offset);
	const view = new DataView(bytes.buffer, bytes.byteOffset);
	view.setInt32(0, 348, little);
	[shape.length, ...shape].forEach((length, i) => {
		view.setInt16(40 + 2 * i, length, little);
	});
	view.setInt16(70, datatype, little);
	[1, 2, 3, 4].forEach((size, i) => {
		view.setFloat32(76 + 4 * i, size, little);
	});
	view.setFloat32(108, offset, little);
	view.setFloat32(112, slope, little);
	view.setFloat32(116, intercept, little);
	view.setUint8(123, 2 | 8);
	bytes.write("a test", 148);
	view.setInt16(252, fields.forms?.qform ?? 0, little);
	view.setInt16(254, fields.forms?.sform ?? 0, little);
	for (let i = 0; i < 12; i++) view.setFloat32(280 + 4 * i, i + 1, little);
	bytes.write(fields.magic ?? "n+1\0", 344, "latin1");
	return Buffer.concat([bytes, values]);
}

async function saved(content: Uint8Array): Promise<string> {
	await writeFile(at("a.nii"), content);
	return at("a.nii");
}

describe("NIfTI", () => {
	it("reads a real scan as [x, y, z], with what its header says", async () => {
		const source = await openNifti(BRAIN);
		expect([source.shape, source.dtype, source.dimensionNames]).toEqual([[181, 217, 181], "uint8", ["x", "y", "z"]]);
		expect(source.attributes).toMatchObject({ nifti: { version: 1, voxelSizes: [1, 1, 1], sformCode: 4 } });
		const { cases } = JSON.parse(
			await readFile(new URL("../../examples/data/ch2bet-gaussian.json", import.meta.url), "utf8"),
		);
		const dataset = await loaded(source);
		const voxels = cases[0].voxels as [number, number, number, number][];
		// Smoothed values are near the voxels themselves on the whole; had the axes been mixed up they would not be.
		let [apart, against] = [0, 0];
		for (const [x, y, z, smoothed] of voxels) {
			apart += Math.abs(((await dataset.at(x, y, z)) as number) - smoothed);
			against += Math.abs(
				((await dataset.at(Math.min(180, z), Math.min(216, y), Math.min(180, x))) as number) - smoothed,
			);
		}
		expect(apart).toBeLessThan(against / 2);
	});

	it.each([
		[2, "uint8", 1],
		[4, "int16", 2],
		[8, "int32", 4],
		[16, "float32", 4],
		[32, "complex64", 8],
		[64, "float64", 8],
		[256, "int8", 1],
		[512, "uint16", 2],
		[768, "uint32", 4],
		[1024, "int64", 8],
		[1280, "uint64", 8],
		[1792, "complex128", 16],
	])("datatype %i is %s", async (datatype, dtype, size) => {
		const source = await openNifti(await saved(nifti1(new Uint8Array(6 * size), { shape: [3, 2], datatype })));
		expect([source.shape, source.dtype]).toEqual([[3, 2], dtype]);
		expect((await valuesOf(source)).byteLength).toBe(6 * size);
	});

	it.each([
		[128, /128 \(RGB/],
		[1, /1 \(single bits/],
		[1536, /1536/],
		[77, /77 \(unknown/],
	])("datatype %i is refused by its code", async (datatype, message) => {
		const path = await saved(nifti1(new Uint8Array(48), { shape: [2], datatype }));
		await expect(openNifti(path)).rejects.toMatchObject(refusal("UNSUPPORTED", message));
	});

	it("puts x, which varies fastest in the file, first", async () => {
		const file = nifti1(Uint8Array.of(1, 2, 3, 4, 5, 6), { shape: [3, 2] });
		for (const content of [file, gzipSync(file)]) {
			const dataset = await loaded(await openNifti(await saved(content)));
			expect([await dataset.at(2, 0), await dataset.at(0, 1)]).toEqual([3, 4]);
		}
	});

	it("reads either byte order, and voxels after an extension", async () => {
		const file = nifti1(Uint8Array.of(0x01, 0x02), { datatype: 4, shape: [1], little: false, offset: 368 });
		expect([...(await valuesOf(await openNifti(await saved(file))))]).toEqual([258]);
	});

	it("scales only when asked, and only where the file says so", async () => {
		const scaled = await saved(nifti1(Uint8Array.of(1, 2), { slope: 0.5, intercept: 10 }));
		const plain = await openNifti(scaled);
		expect([plain.dtype, ...(await valuesOf(plain))]).toEqual(["uint8", 1, 2]);
		expect(plain.attributes).toMatchObject({ nifti: { slope: 0.5, intercept: 10 } });
		const real = await openNifti(scaled, { scaled: true });
		expect([real.dtype, ...(await valuesOf(real))]).toEqual(["float64", 10.5, 11]);
		const unscaled = await openNifti(await saved(nifti1(Uint8Array.of(1, 2))), { scaled: true });
		expect([unscaled.dtype, ...(await valuesOf(unscaled))]).toEqual(["uint8", 1, 2]);
	});

	it("scales complex voxels: the intercept is real", async () => {
		const voxels = new Uint8Array(Float32Array.of(1, 2).buffer);
		const path = await saved(nifti1(voxels, { shape: [1], datatype: 32, slope: 2, intercept: 3 }));
		expect([...(await valuesOf(await openNifti(path, { scaled: true })))]).toEqual([5, 4]);
	});

	it.each([
		[
			{ qform: 0, sform: 0 },
			[
				[2, 0, 0, 0],
				[0, 3, 0, 0],
				[0, 0, 4, 0],
			],
		],
		[
			{ qform: 2, sform: 1 },
			[
				[1, 2, 3, 4],
				[5, 6, 7, 8],
				[9, 10, 11, 12],
			],
		],
	])("takes the affine of %j", async (forms, rows) => {
		const source = await openNifti(await saved(nifti1(Uint8Array.of(1), { shape: [1, 1, 1], forms })));
		expect(source.attributes).toMatchObject({
			nifti: {
				affine: [...rows, [0, 0, 0, 1]],
				voxelSizes: [2, 3, 4],
				spaceUnit: "mm",
				timeUnit: "s",
				description: "a test",
			},
		});
	});

	const good = nifti1(new Uint8Array(100), { shape: [10, 10] });
	it.each([
		["an empty file", Buffer.alloc(0), "CORRUPT", /mark/],
		["text", Buffer.from("no image ".repeat(100)), "CORRUPT", /mark/],
		["half a header", good.subarray(0, 200), "CORRUPT", /mark/],
		["too few voxels", good.subarray(0, 400), "CORRUPT", /truncated.*100 bytes, but 48/],
		["no axes", nifti1(new Uint8Array(1), { shape: [] }), "CORRUPT", /0 axes/],
		["a negative length", nifti1(new Uint8Array(1), { shape: [-1] }), "CORRUPT", /-1/],
		["a pair of files", nifti1(new Uint8Array(1), { magic: "ni1\0" }), "UNSUPPORTED", /pair/],
		["half a gzip header", gzipSync(good).subarray(0, 12), "CORRUPT", /truncated|mark/],
	] as const)("refuses %s", async (_, content, code, message) => {
		await expect(openNifti(await saved(content))).rejects.toMatchObject(refusal(code, message));
	});

	it.each([
		["truncated", (bytes: Buffer) => bytes.subarray(0, bytes.length - 20)],
		[
			"with a wrong checksum",
			(bytes: Buffer) => Buffer.concat([bytes.subarray(0, -8), Buffer.alloc(4), bytes.subarray(-4)]),
		],
	])("refuses a gzip file %s ", async (_, spoil) => {
		const random = Uint8Array.from({ length: 4000 }, (__, i) => (i * 7919) % 251);
		const path = await saved(spoil(gzipSync(nifti1(random, { shape: [40, 100] }))));
		const reading = async () => loaded(await openNifti(path));
		await expect(reading()).rejects.toMatchObject(refusal("CORRUPT", /a\.nii/));
	});
});
