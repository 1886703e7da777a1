import { StoreError } from "../../../src/errors.js";

export type Colormap = "gray" | "viridis" | "magma" | "inferno";

/**
 * Colours from low to high. Of viridis, magma and inferno (Smith, van der Walt and Firing, 2015, dedicated to the public domain under CC0)
 * these are 33 samples of the 256; between them is a straight line, nowhere more than 2 of 255 off.
 */
const SAMPLES: { readonly [name in Colormap]: string } = {
	gray: "000000 ffffff",
	viridis:
		"440154 470d60 48186a 482374 472d7b 453681 424086 3f4989 3b528b 375a8d 33638d 2f6a8e 2c728e 297a8e 26818e 23898e 21908c " +
		"1f988b 1f9f88 21a685 28ae80 31b57b 3ebc74 4cc26c 5dc963 6ece58 82d34c 96d83f abdc32 c0df24 d5e21a eae51a fde725",
	magma:
		"000004 030311 0a0822 130d33 1d1146 28115a 36106a 430f76 50127c 5d177f 691c81 762181 822681 8f2a81 9c2e7f a9327d b63779 " +
		"c33b75 cf4170 db486a e65163 ee5c5e f5695c f9785d fb8761 fd9668 fea571 feb47b fec387 fed194 fde0a2 fceeb0 fcfdbf",
	inferno:
		"000004 040312 0b0724 150b37 210c4a 2e0a5a 3c0965 4a0c6b 57106d 63146e 70196e 7d1e6d 89226a 962766 a32b61 af315c bb3755 " +
		"c63e4d d14644 db4f3b e35932 eb6528 f1711e f67f14 f98d0a fb9c06 fcab0f fbba1f f9ca32 f5d949 f2e865 f3f586 fcffa4",
};

/** 256 colours, red, green and blue of each. @throws StoreError INVALID_ARGUMENT listing the names */
export function colormapTable(name: Colormap): Uint8Array {
	const known = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined;
	if (known === undefined)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`colormap is one of ${Object.keys(SAMPLES).join(", ")}, not ${JSON.stringify(name)}`,
		);
	const samples = known.split(" ").map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
	return Uint8Array.from({ length: 3 * 256 }, (_, i) => {
		const place = (Math.floor(i / 3) / 255) * (samples.length - 1);
		const low = Math.min(Math.floor(place), samples.length - 2);
		const [from, to] = [samples[low]?.[i % 3] ?? 0, samples[low + 1]?.[i % 3] ?? 0];
		return Math.round(from + (to - from) * (place - low));
	});
}
