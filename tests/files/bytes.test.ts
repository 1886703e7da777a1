import { readFile, writeFile } from "node:fs/promises";
import { encode as encodeAny } from "fast-png";
import { connect, ndArray } from "tesserae";
import { decodeImage, decodeNpy, encodeImage, encodeNpy, encodePng, openNpy, writeNpy, writePng } from "tesserae/files";
import { describe, expect, it } from "vitest";
import { packageIsThere } from "../codecs/optional-packages.js";
import { bytesOf, DTYPES, refusal, sampleOf, scratchDirectory, valuesOf } from "./arrays.js";

const at = await scratchDirectory();

describe("npy as bytes", () => {
	it.each(DTYPES)("is the file of %s, and read again the same array", async (dtype) => {
		for (const shape of [[], [0], [3, 0, 2], [7], [3, 4, 5]]) {
			const values = sampleOf(shape, dtype);
			const bytes = await encodeNpy(values, undefined, { dtype });
			await writeNpy(at("a.npy"), values, undefined, { dtype });
			expect(bytes).toEqual(new Uint8Array(await readFile(at("a.npy"))));
			const back = await decodeNpy(bytes);
			expect([back.shape, back.data.constructor]).toEqual([values.shape, values.data.constructor]);
			expect(bytesOf(back.data)).toEqual(bytesOf(values.data));
		}
	});

	it("goes through a store, of a part of a dataset too, wherever the bytes lie in memory", async () => {
		await using con = await connect("ram:");
		const ds = await con.createDataset("a", { data: sampleOf([9, 8], "float64"), chunkShape: [4, 4] });
		await con.store.put("part.npy", await encodeNpy(ds, "2:7:2, ::-1"));
		const bytes = (await con.store.get("part.npy")) ?? new Uint8Array();
		const odd = new Uint8Array(bytes.length + 3);
		odd.set(bytes, 3);
		for (const given of [bytes, odd.subarray(3), Buffer.from(bytes)])
			expect((await decodeNpy(given)).data).toEqual((await ds.get("2:7:2, ::-1")).data);
	});

	it("in Fortran order and with bytes after it is read as a file is", async () => {
		const header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\n";
		const text = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\x00${header}`, "latin1");
		const bytes = Buffer.concat([text, Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6), Uint8Array.of(9, 9)]);
		const array = await decodeNpy(bytes);
		expect([0, 1, 2].map((x) => [array.get(0, x), array.get(1, x)])).toEqual([
			[1, 2],
			[3, 4],
			[5, 6],
		]);
	});

	it("is refused where it is cut short, and where it holds a pickle", async () => {
		const bytes = await encodeNpy([1.5, 2.5]);
		for (const length of [0, 5, 60, bytes.length - 1])
			await expect(decodeNpy(bytes.subarray(0, length))).rejects.toMatchObject({ code: "CORRUPT" });
		const pickled = Buffer.from(Buffer.from(bytes).toString("latin1").replace("<f8", "|O "), "latin1");
		await expect(decodeNpy(pickled)).rejects.toMatchObject(refusal("UNSUPPORTED", /pickle/));
	});
});

describe("PNG as bytes", () => {
	it("of values is the file", async () => {
		const values = [
			[0, 5, 10],
			[-1, 11, Number.NaN],
		];
		await writePng(at("a.png"), values, "::-1", { colormap: "magma" });
		const bytes = await encodePng(values, "::-1", { colormap: "magma" });
		expect(bytes).toEqual(new Uint8Array(await readFile(at("a.png"))));
	});
});

const SHAPES = [
	[4, 5],
	[4, 5, 1],
	[4, 5, 2],
	[4, 5, 3],
	[4, 5, 4],
];

/** What of the entries of a pixel is red, green and blue. */
const COLOURS = [[], [0, 0, 0], [0, 0, 0], [0, 1, 2], [0, 1, 2]];

const grey = ([r = 0, g = 0, b = 0]: readonly number[]): number =>
	Math.floor(0.299 * r + 0.587 * g + 0.114 * b + 0.5 + 1e-9);

describe.runIf(packageIsThere("sharp"))("images", () => {
	it.each(["uint8", "uint16"] as const)("of %s are encoded and decoded pixel by pixel", async (dtype) => {
		for (const shape of SHAPES) {
			const data = new (dtype === "uint8" ? Uint8Array : Uint16Array)(shape.reduce((a, b) => a * b));
			data.forEach((_, i) => {
				data[i] = i * 4099;
			});
			const png = await encodeImage(ndArray<typeof dtype>(data, shape));
			const channels = shape[2] ?? 1;
			const pixels = Array.from({ length: 20 }, (_, p) =>
				(COLOURS[channels] ?? []).map((c) => data[p * channels + c] as number),
			);
			const rgb = await decodeImage(png);
			expect([rgb.shape, rgb.data.constructor, [...rgb.data]]).toEqual([[4, 5, 3], data.constructor, pixels.flat()]);
			const one = await decodeImage(png, { colour: "grey" });
			expect([one.shape, one.data.constructor, [...one.data]]).toEqual([[4, 5], data.constructor, pixels.map(grey)]);
		}
	});

	it("are made of parts of datasets", async () => {
		await using con = await connect("ram:");
		const pixels = { data: Uint8Array.from({ length: 60 * 50 * 3 }, (_, i) => i * 7), shape: [60, 50, 3] };
		const ds = await con.createDataset("photo", { data: pixels, chunkShape: [16, 16, 3] });
		const { data, shape } = await decodeImage(await encodeImage(ds, "10:50, ::-1"));
		expect([shape, data]).toEqual([[40, 50, 3], (await ds.get("10:50, ::-1")).data]);
	});

	it("of few colours, by palette and with few bits, are read as what they show", async () => {
		const { default: sharp } = await import("sharp");
		const data = Uint8Array.from({ length: 16 * 3 }, (_, i) => [0, 90, 255, 17][Math.floor(i / 3) % 4] ?? 0);
		const image = sharp(data, { raw: { width: 4, height: 4, channels: 3 } });
		const png = await image.png({ palette: true, colours: 4 }).toBuffer();
		expect((await sharp(png).metadata()).isPalette).toBe(true);
		expect((await decodeImage(png)).data).toEqual(data);
	});

	it("in JPEG are read, and turned by no tag and no colour profile", async () => {
		const { default: sharp } = await import("sharp");
		const blocks = Uint8Array.from({ length: 16 * 32 * 3 }, (_, i) => {
			const [x, c] = [Math.floor(i / 3) % 32, i % 3];
			return (x < 16 ? [200, 100, 50] : [10, 20, 30])[c] ?? 0;
		});
		const raw = { raw: { width: 32, height: 16, channels: 3 } } as const;
		const jpeg = await sharp(blocks, raw)
			.withIccProfile("p3")
			.withMetadata({ orientation: 6 })
			.jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
			.toBuffer();
		expect(await sharp(jpeg).metadata()).toMatchObject({ orientation: 6, hasProfile: true });
		const stored = (await sharp(jpeg, { ignoreIcc: true }).raw().toBuffer()) as Uint8Array;
		const { data, shape } = await decodeImage(jpeg);
		expect([shape, [...data]]).toEqual([[16, 32, 3], [...stored]]);
		const one = await decodeImage(jpeg, { colour: "grey" });
		expect(one.shape).toEqual([16, 32]);
		expect(one.get(8, 4)).toBe(grey([...stored.subarray(8 * 96 + 12, 8 * 96 + 15)]));

		const plain = await sharp(blocks, raw).toColourspace("b-w").jpeg({ quality: 100 }).toBuffer();
		expect((await sharp(plain).metadata()).channels).toBe(1);
		const stored1 = (await sharp(plain).toColourspace("b-w").raw().toBuffer()) as Uint8Array;
		expect((await decodeImage(plain, { colour: "grey" })).data).toEqual(new Uint8Array(stored1));
	});

	it("that are damaged, of another format, or far too large are refused", async () => {
		const { default: sharp } = await import("sharp");
		const noise = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * i * 31) >> 3);
		const raw = { raw: { width: 64, height: 64, channels: 1 } } as const;
		const [png, jpeg, webp] = await Promise.all([
			sharp(noise, raw).png().toBuffer(),
			sharp(noise, raw).jpeg().toBuffer(),
			sharp(noise, raw).webp().toBuffer(),
		]);
		for (const whole of [png, jpeg])
			for (const cut of [20, whole.length >> 1, whole.length - 30])
				await expect(decodeImage(whole.subarray(0, cut))).rejects.toMatchObject(refusal("CORRUPT", /image/));
		const flipped = Uint8Array.from(png);
		flipped[png.length >> 1] = (flipped[png.length >> 1] ?? 0) ^ 0xff;
		await expect(decodeImage(flipped)).rejects.toMatchObject({ code: "CORRUPT" });
		const svg = Buffer.from(
			'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
		);
		for (const other of [webp, svg, new Uint8Array()])
			await expect(decodeImage(other)).rejects.toMatchObject(refusal("UNSUPPORTED", /PNG nor a JPEG/));
		const huge = Uint8Array.from(encodeAny({ width: 1, height: 1, data: Uint8Array.of(1), channels: 1 }));
		// Width and height as the header tells them; its checksum no longer fits, which is looked at later.
		huge.set([0, 1, 0, 0, 0, 1, 0, 0], 16);
		await expect(decodeImage(huge)).rejects.toMatchObject({ code: expect.stringMatching(/TOO_LARGE|CORRUPT/) });
		await expect(decodeImage(png, { colour: "gray" } as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	it("are not made of values that are no pixels", async () => {
		const wrong = [
			[[1.5, 2]],
			ndArray(new Float32Array(12), [3, 4]),
			ndArray(new Uint8Array(0), [0, 4]),
			ndArray(new Uint8Array(4), [4]),
			ndArray(new Uint8Array(60), [3, 4, 5]),
		];
		for (const values of wrong) await expect(encodeImage(values)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});
});

it("a file is read by its path as before", async () => {
	await writeFile(at("same.npy"), await encodeNpy([[1, 2]]));
	expect([...(await valuesOf(await openNpy(at("same.npy"))))]).toEqual([1, 2]);
});
