import { writeFile } from "node:fs/promises";
import { encode } from "fast-png";
import type { Volume } from "./volume.js";

/** An image of one value per pixel, rows from top to bottom. */
export interface Slice {
	readonly width: number;
	readonly height: number;
	readonly values: Float32Array;
}

type Colour = readonly [red: number, green: number, blue: number];

/** Image pixels per voxel, so that single voxels can be made out. */
const ZOOM = 3;

/**
 * The axial slice in the middle of a volume `[x, y, z]` (right, front and top grow), as a radiologist looks at it: the front of the head at the top, its right on the left.
 */
export function axialMidSlice({ data, shape }: Volume): Slice {
	const [width = 0, height = 0, depth = 0] = shape;
	const z = Math.floor(depth / 2);
	const values = Float32Array.from({ length: width * height }, (_, pixel) => {
		const [x, y] = [width - 1 - (pixel % width), height - 1 - Math.floor(pixel / width)];
		return data[(x * height + y) * depth + z] ?? Number.NaN;
	});
	return { width, height, values };
}

/** Writes a slice as a grey PNG; `white` is the value that is shown white. */
export async function writeGrey(file: string, slice: Slice, white: number): Promise<void> {
	await writePng(file, slice, (pixel) => grey(slice, pixel, white));
}

/**
 * Writes a slice in grey, and in red where it differs from `right`: the redder, the more, full red from a difference of `white / 20` on.
 */
export async function writeDifference(file: string, wrong: Slice, right: Slice, white: number): Promise<void> {
	await writePng(file, wrong, (pixel) => {
		const difference = Math.abs((wrong.values[pixel] ?? 0) - (right.values[pixel] ?? 0));
		const redness = Math.min(1, (20 * difference) / white);
		const [red, green, blue] = grey(wrong, pixel, white);
		return [red + (255 - red) * redness, green * (1 - redness), blue * (1 - redness)];
	});
}

function grey({ values }: Slice, pixel: number, white: number): Colour {
	const level = Math.max(0, Math.min(255, (255 * (values[pixel] ?? 0)) / white));
	return [level, level, level];
}

async function writePng(file: string, slice: Slice, colourOf: (pixel: number) => Colour): Promise<void> {
	const [width, height] = [slice.width * ZOOM, slice.height * ZOOM];
	const data = new Uint8Array(3 * width * height);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++)
			data.set(
				colourOf(Math.floor(y / ZOOM) * slice.width + Math.floor(x / ZOOM)).map(Math.round),
				3 * (y * width + x),
			);
	await writeFile(file, encode({ width, height, data, channels: 3, depth: 8 }));
}
