import { randomNumbers } from "./random.js";

/** 1 MiB each of what arrays tend to hold, the same in every run. */
export function contents(): { readonly [name: string]: Uint8Array } {
	return { "float32, smooth": bytesOf(smooth()), "uint16, noisy": bytesOf(noisy()) };
}

const SIDE = 64;

/** Waves through a volume of 64³, as a smoothed field has them: neighbours differ in their low bits only. */
function smooth(): Float32Array {
	const values = new Float32Array(SIDE ** 3);
	for (let z = 0, n = 0; z < SIDE; z++)
		for (let y = 0; y < SIDE; y++)
			for (let x = 0; x < SIDE; x++)
				values[n++] = 100 * Math.sin(x / 20) + 50 * Math.cos(y / 15) + 25 * Math.sin((x + z) / 30);
	return values;
}

/** A camera's picture of nothing: counts around 1000, deviation 30, independent of one another. */
function noisy(): Uint16Array {
	const random = randomNumbers(1);
	return Uint16Array.from({ length: 2 ** 19 }, () => {
		const radius = Math.sqrt(-2 * Math.log(1 - random()));
		return Math.round(1000 + 30 * radius * Math.cos(2 * Math.PI * random()));
	});
}

function bytesOf({ buffer }: Float32Array | Uint16Array): Uint8Array {
	return new Uint8Array(buffer);
}
