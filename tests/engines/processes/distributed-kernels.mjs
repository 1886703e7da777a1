/** Kernels for workers of a queue: slow ones, such as misbehave, and such as show where they run. */
import { appendFileSync, existsSync, writeFileSync } from "node:fs";

export function addOne(block) {
	for (let i = 0; i < block.data.length; i++) block.data[i]++;
	return block;
}

export function whereAmI(block) {
	block.data.fill(process.pid);
	return block;
}

export async function slowly(block, { ms, log }) {
	if (log !== undefined) appendFileSync(log, `${process.pid}\n`);
	await new Promise((resolve) => setTimeout(resolve, ms));
	return addOne(block);
}

/** Fast at first, so that many tasks are put into a batch; then slow, so that it tells of them piece by piece. */
export function slowLater(block, { ms }, { coords }) {
	const end = performance.now() + (coords[0] > 0 ? ms : 0);
	while (performance.now() < end);
	return addOne(block);
}

/** Keeps its thread busy, so that no message reaches it. */
export function busily(block, { ms, log }) {
	if (log !== undefined) appendFileSync(log, `${process.pid}\n`);
	const end = performance.now() + ms;
	while (performance.now() < end);
	return addOne(block);
}

/** Keeps its thread busy, and writes down which chunk it is. */
export function noted(_, { ms, log }, { coords, shape }) {
	appendFileSync(log, `${coords}\n`);
	const end = performance.now() + ms;
	while (performance.now() < end);
	return { data: new Float32Array(1), shape };
}

export function forever(_, { log }) {
	appendFileSync(log, `${process.pid}\n`);
	for (;;);
}

export function die() {
	process.exit(3);
}

/** Ends its thread the first time. */
export function dieOnce(block, { mark, at }, { coords }) {
	if (coords[0] === at && !existsSync(mark)) {
		writeFileSync(mark, "");
		process.exit(3);
	}
	return addOne(block);
}

export function fail(block, { at, log }, { coords }) {
	if (coords[0] !== at) return block;
	appendFileSync(log, `${coords}\n`);
	throw new RangeError("too hot");
}

export function large() {
	return Float64Array.from({ length: 2 ** 20 }, (_, i) => i);
}

export function total({ data }) {
	let sum = 0;
	for (const value of data) sum += value;
	return { sum, pid: process.pid };
}

export function blurred(block, _, { shape }) {
	const [nz, ny, nx] = shape;
	const data = new Float32Array(nz * ny * nx);
	for (let z = 0, n = 0; z < nz; z++)
		for (let y = 0; y < ny; y++)
			for (let x = 0; x < nx; x++) data[n++] = (block.get(z, y, x) + block.get(z + 2, y + 1, x + 2)) / 3;
	return { data, shape };
}
