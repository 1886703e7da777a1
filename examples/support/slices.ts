import { writeFile } from "node:fs/promises";
import { encode } from "fast-png";
import type { Volume } from "./volume.js";

/** An image of one value per pixel, rows from top to bottom. */
export interface Slice {
	readonly width: number;
	readonly height: number;
	readonly values: Float32Array;
	/** The values that are shown black and white. */
	readonly range: readonly [black: number, white: number];
}

type Colour = readonly [red: number, green: number, blue: number];

/** Image pixels of the longer side, about: single voxels of small volumes can be made out. */
const LONGER_SIDE = 600;

/**
 * The slice in the middle of a volume. Of axes named x, y, z (right, front and top grow, as in NIfTI files) the axial one, as a radiologist
 * looks at it: the front of the head at the top, its right on the left. Else across the first axis, the second one going down.
 */
export function midSlice({ data, shape }: Volume, names?: readonly (string | null)[]): Slice {
	const [a = 0, b = 0, c = 0] = shape;
	const isHead = names?.join() === "x,y,z";
	const [width, height] = isHead ? [a, b] : [c, b];
	const indexOf = (column: number, row: number): number =>
		isHead ? ((a - 1 - column) * b + (b - 1 - row)) * c + (c >> 1) : ((a >> 1) * b + row) * c + column;
	const values = new Float32Array(width * height);
	for (let row = 0, pixel = 0; row < height; row++)
		for (let column = 0; column < width; column++) values[pixel++] = data[indexOf(column, row)] as number;
	return { width, height, values, range: rangeOf(values) };
}

function rangeOf(values: Float32Array): [number, number] {
	const finite = values.filter(Number.isFinite);
	return [
		finite.reduce((low, value) => Math.min(low, value), 0),
		finite.reduce((high, value) => Math.max(high, value), 0),
	];
}

/** Writes a slice as a grey PNG. */
export async function writeGrey(file: string, slice: Slice): Promise<void> {
	await writePng(file, slice, (pixel) => grey(slice, pixel));
}

/** Writes a slice in grey, and in red where it differs from `right`: the redder, the more, full red from a 20th of the range on. */
export async function writeDifference(file: string, wrong: Slice, right: Slice): Promise<void> {
	const [black, white] = wrong.range;
	await writePng(file, wrong, (pixel) => {
		const difference = Math.abs((wrong.values[pixel] as number) - (right.values[pixel] as number));
		const redness = Math.min(1, (20 * difference) / (white - black));
		const [red, green, blue] = grey(wrong, pixel);
		return [red + (255 - red) * redness, green * (1 - redness), blue * (1 - redness)];
	});
}

function grey({ values, range: [black, white] }: Slice, pixel: number): Colour {
	const level = (255 * ((values[pixel] as number) - black)) / (white - black);
	const shown = Math.max(0, Math.min(255, level));
	return [shown, shown, shown];
}

async function writePng(file: string, slice: Slice, colourOf: (pixel: number) => Colour): Promise<void> {
	const zoom = Math.max(1, Math.round(LONGER_SIDE / Math.max(slice.width, slice.height)));
	const [width, height] = [slice.width * zoom, slice.height * zoom];
	const data = new Uint8Array(3 * width * height);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++)
			data.set(
				colourOf(Math.floor(y / zoom) * slice.width + Math.floor(x / zoom)).map(Math.round),
				3 * (y * width + x),
			);
	await writeFile(file, encode({ width, height, data, channels: 3, depth: 8 }));
}
