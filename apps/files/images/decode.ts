import { StoreError } from "../../../src/errors.js";
import { type NdArray, ndArray } from "../../../src/values/nd-array.js";
import { optionalPackage } from "../optional-package.js";

type Depth = "uint8" | "uint16";

export interface DecodeImageOptions {
	/**
	 * `rgb` (default): shape [height, width, 3]; of a grey image the three are equal. `grey`: shape [height, width], 0.299 R + 0.587 G + 0.114 B
	 * (ITU-R BT.601), rounded. Transparency is left out of both.
	 */
	readonly colour?: "rgb" | "grey" | undefined;
}

/**
 * The pixels of a PNG or JPEG image as they are stored, uint8, or uint16 of a PNG of 16 bits; colour profiles and orientation tags change nothing.
 * @throws StoreError UNSUPPORTED for other formats, CORRUPT also for an image that is cut short, TOO_LARGE beyond 268 million pixels
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeImageOptions = {}): Promise<NdArray<Depth>> {
	const { colour = "rgb" } = options;
	if (colour !== "rgb" && colour !== "grey")
		throw new StoreError("INVALID_ARGUMENT", `colour is "rgb" or "grey", not ${JSON.stringify(colour)}`);
	checkFormat(bytes);
	const { data, height, width } = await readPixels(bytes);
	if (colour === "rgb") return ndArray<Depth>(data, [height, width, 3]);
	return ndArray<Depth>(toGrey(data), [height, width]);
}

const SIGNATURES = [
	[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
	[0xff, 0xd8, 0xff],
];

/** The decoder knows more formats, some of which load other files when they are read; so what comes is looked at before. */
function checkFormat(bytes: Uint8Array): void {
	if (SIGNATURES.some((signature) => signature.every((byte, i) => bytes[i] === byte))) return;
	throw new StoreError("UNSUPPORTED", "these bytes are neither a PNG nor a JPEG image");
}

interface Pixels {
	/** Three entries per pixel, rows from top to bottom. */
	readonly data: Uint8Array | Uint16Array;
	readonly height: number;
	readonly width: number;
}

async function readPixels(bytes: Uint8Array): Promise<Pixels> {
	const sharp = await optionalPackage(
		"sharp",
		"reading PNG and JPEG images",
		async () => (await import("sharp")).default,
	);
	try {
		const image = sharp(bytes, { ignoreIcc: true, failOn: "warning" });
		const isDeep = (await image.metadata()).depth === "ushort";
		const { data, info } = await image
			.removeAlpha()
			.toColourspace(isDeep ? "rgb16" : "srgb")
			.raw({ depth: isDeep ? "ushort" : "uchar" })
			.toBuffer({ resolveWithObject: true });
		const { buffer, byteOffset, byteLength } = data;
		const pixels = isDeep
			? new Uint16Array(buffer, byteOffset, byteLength / 2)
			: new Uint8Array(buffer, byteOffset, byteLength);
		return { data: pixels, height: info.height, width: info.width };
	} catch (cause) {
		const reason = (cause as Error).message;
		throw new StoreError(/pixel limit/.test(reason) ? "TOO_LARGE" : "CORRUPT", `the image cannot be read: ${reason}`, {
			cause,
		});
	}
}

/** In whole numbers, so that halves are rounded up wherever they are exact. */
function toGrey(rgb: Pixels["data"]): Pixels["data"] {
	const grey = rgb instanceof Uint16Array ? new Uint16Array(rgb.length / 3) : new Uint8Array(rgb.length / 3);
	for (let i = 0, at = 0; i < grey.length; i++, at += 3) {
		const [red, green, blue] = [rgb[at], rgb[at + 1], rgb[at + 2]] as unknown as [number, number, number];
		grey[i] = Math.floor((299 * red + 587 * green + 114 * blue + 500) / 1000);
	}
	return grey;
}
