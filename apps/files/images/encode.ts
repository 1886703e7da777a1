import { StoreError } from "../../../src/errors.js";
import type { Selection } from "../../../src/selection/selection.js";
import { optionalPackage } from "../optional-package.js";
import { selectValues, type ValueOptions, type Values, valueBlocks } from "../selected-values.js";

/**
 * A PNG image of pixels as they are: uint8 or uint16, of shape [height, width], or [height, width, channels] with 1 (grey), 2 (grey and
 * transparency), 3 (RGB) or 4 (RGBA). `encodePng` makes an image of values of any kind.
 * @throws StoreError INVALID_ARGUMENT for other shapes and types
 */
export async function encodeImage(
	pixels: Values,
	selection?: Selection,
	options: ValueOptions = {},
): Promise<Uint8Array> {
	const selected = selectValues(pixels, selection, options);
	const { shape, dtype } = selected;
	const [height = 0, width = 0, channels = 1] = shape;
	if (dtype.name !== "uint8" && dtype.name !== "uint16")
		throw invalid(`pixels are uint8 or uint16, not ${dtype.name}: encodePng makes colours of other values`);
	if (shape.length < 2 || shape.length > 3 || width * height === 0 || channels < 1 || channels > 4)
		throw invalid(
			`an image has shape [height, width], or [height, width, 1 to 4], and a pixel at least, not [${shape.join(", ")}]`,
		);
	const isDeep = dtype.name === "uint16";
	const data = new (isDeep ? Uint16Array : Uint8Array)(height * width * channels);
	let at = 0;
	for await (const block of valueBlocks(selected, options)) {
		data.set(block.data as Uint8Array, at);
		at += block.data.length;
	}
	const { encode } = await optionalPackage("fast-png", "writing PNG images", () => import("fast-png"));
	return encode({ width, height, data, channels, depth: isDeep ? 16 : 8 });
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
