import { appendFileSync, existsSync } from "node:fs";

/** Adds a whole number. */
export function plus(block, { n }) {
	for (let i = 0; i < block.data.length; i++) block.data[i] += BigInt(n);
	return block;
}

/** The sum of both neighbours along the last axis. */
export function neighbours(block, _, { shape }) {
	const [nz, ny, nx] = shape;
	const out = new BigInt64Array(nz * ny * nx);
	let n = 0;
	for (let z = 1; z <= nz; z++)
		for (let y = 1; y <= ny; y++)
			for (let x = 1; x <= nx; x++) out[n++] = block.get(z, y, x - 1) + block.get(z, y, x + 1);
	return { data: out, shape };
}

export function total(block) {
	return block.data.reduce((sum, value) => sum + value, 0);
}

/** Notes in a file which process had which chunk. */
export function noted(block, { file }, { coords }) {
	appendFileSync(file, `${process.pid} ${coords.join(",")}\n`);
	return block;
}

/** Goes on until it is told to stop; but on chunk 0 of the first axis it fails, or kills its process. */
export async function trouble(block, { how }, { coords }) {
	if (coords[0] > 0) return new Promise((resolve) => setTimeout(resolve, 600_000, block).unref());
	if (how === "kill") process.kill(process.pid, "SIGKILL");
	throw new RangeError("out of film");
}

/** Takes its time, and does not look up meanwhile. */
export async function slow(block) {
	await new Promise((resolve) => setTimeout(resolve, 1000));
	return block;
}

/** Adds 1; but on one chunk it fails until a file is there. */
export function flaky(block, { file }, { coords }) {
	if (coords[0] === 5 && !existsSync(file)) throw new RangeError("not yet");
	return plus(block, { n: 1 });
}

/** Of 8 chunks in two rounds: fails on the first of the second round, and goes on for ever on the last. */
export function second(_, __, { coords }) {
	if (coords[0] === 5) throw new RangeError("second round");
	return coords[0] < 7 ? coords[0] : new Promise((resolve) => setTimeout(resolve, 600_000, 7).unref());
}
