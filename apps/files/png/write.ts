import { StoreError } from "../../../src/errors.js";
import type { Selection } from "../../../src/selection/selection.js";
import { writePieces } from "../file-access.js";
import { optionalPackage } from "../optional-package.js";
import { selectValues, type ValueOptions, type Values, valueBlocks } from "../selected-values.js";
import { type Colormap, colormapTable } from "./colormaps.js";

export interface PngOptions extends ValueOptions {
	/** Default `gray`. */
	readonly colormap?: Colormap | undefined;
	/** The values that get the first and the last colour; those beyond get them, too. Default: `percentiles` of the values. */
	readonly range?: readonly [lowest: number, highest: number] | undefined;
	/** Percentiles, 0 to 100, that make the range. Default `[1, 99]`; of more than a million values a million are looked at. */
	readonly percentiles?: readonly [low: number, high: number] | undefined;
}

/**
 * Writes values of two axes as a PNG image of 8 bits: axis 0 goes down, axis 1 to the right. NaN is transparent. The image is in memory
 * as a whole.
 * @throws StoreError INVALID_ARGUMENT for other than two axes, no pixels, complex or raw values
 */
export async function writePng(
	path: string,
	values: Values,
	selection?: Selection,
	options: PngOptions = {},
): Promise<void> {
	await writePieces(path, piecesOf(await encodePng(values, selection, options)));
}

/** What {@link writePng} writes, as bytes. */
export async function encodePng(values: Values, selection?: Selection, options: PngOptions = {}): Promise<Uint8Array> {
	const table = colormapTable(options.colormap ?? "gray");
	const { pixels, width, height } = await readPixels(values, selection, options);
	const [lowest, highest] = options.range === undefined ? percentileRange(pixels, options) : checkRange(options.range);
	const isGray = (options.colormap ?? "gray") === "gray";
	const image = { table, colours: isGray ? 1 : 3, lowest, span: highest - lowest, alpha: pixels.some(Number.isNaN) };
	const { encode } = await optionalPackage("fast-png", "writing PNG files", () => import("fast-png"));
	const channels = image.colours + (image.alpha ? 1 : 0);
	return encode({ width, height, data: paint(pixels, image), channels, depth: 8 });
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
	yield bytes;
}

interface Pixels {
	readonly pixels: Float64Array;
	readonly width: number;
	readonly height: number;
}

async function readPixels(values: Values, selection: Selection | undefined, options: PngOptions): Promise<Pixels> {
	const selected = selectValues(values, selection, options);
	const { shape, dtype } = selected;
	const [height = 0, width = 0] = shape;
	if (shape.length !== 2 || width * height === 0)
		throw invalid(
			`an image has 2 axes and at least 1 pixel, not [${shape.join(", ")}]: select a part, such as "0, :, :"`,
		);
	if (dtype.boxing !== undefined)
		throw invalid(`${dtype.name} is no number, which pixels are made of: write .csv or .npy`);
	if (dtype.components > 1) throw invalid(`${dtype.name} has no order: write its parts or magnitudes, as real numbers`);
	const pixels = new Float64Array(width * height);
	let at = 0;
	for await (const { data } of valueBlocks(selected, options))
		for (let i = 0; i < data.length; i++) pixels[at++] = Number(data[i]);
	return { pixels, width, height };
}

function checkRange(range: readonly [number, number]): readonly [number, number] {
	const [lowest, highest] = range;
	if (Number.isFinite(lowest) && Number.isFinite(highest) && lowest < highest) return range;
	throw invalid(`range is [lowest, highest] with lowest < highest, not [${range.join(", ")}]`);
}

const MOST_LOOKED_AT = 2 ** 20;

/** As numpy.percentile: between two values by a straight line. */
function percentileRange(pixels: Float64Array, { percentiles = [1, 99] }: PngOptions): [number, number] {
	const [low, high] = percentiles;
	if (!(low >= 0 && low < high && high <= 100))
		throw invalid(`percentiles are [low, high] from 0 to 100, not [${percentiles.join(", ")}]`);
	const step = Math.max(1, pixels.length / MOST_LOOKED_AT);
	const looked = Float64Array.from(
		{ length: Math.floor(pixels.length / step) },
		(_, i) => pixels[Math.floor(i * step)] as number,
	);
	const sorted = looked.filter(Number.isFinite).sort();
	const at = (percent: number): number => {
		const place = ((sorted.length - 1) * percent) / 100;
		const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
		return below + (above - below) * (place - Math.floor(place));
	};
	return [at(low), at(high)];
}

interface Image {
	readonly table: Uint8Array;
	readonly colours: number;
	readonly lowest: number;
	readonly span: number;
	readonly alpha: boolean;
}

function paint(pixels: Float64Array, { table, colours, lowest, span, alpha }: Image): Uint8Array {
	const channels = colours + (alpha ? 1 : 0);
	const data = new Uint8Array(pixels.length * channels);
	pixels.forEach((value, i) => {
		if (Number.isNaN(value)) return;
		const share = span > 0 ? (value - lowest) / span : Number(value > lowest);
		const colour = 3 * Math.round(255 * Math.min(1, Math.max(0, share)));
		for (let c = 0; c < colours; c++) data[i * channels + c] = table[colour + c] as number;
		if (alpha) data[i * channels + colours] = 255;
	});
	return data;
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
