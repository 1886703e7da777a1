/** Kernels that misbehave, or show where they run. */
import { isMainThread, threadId } from "node:worker_threads";

export function die() {
	process.exit(3);
}

export function dieAt(block, { at }, ctx) {
	if (ctx.coords[0] === at) process.exit(3);
	return block;
}

export function whereAmI(block) {
	block.data.fill(isMainThread ? 0 : threadId);
	return block;
}

export function wave(block, { factor }) {
	for (let i = 0; i < block.data.length; i++) block.data[i] = Math.sin(block.data[i] * factor);
	return block;
}

/** Fills a block with its place in the order in which blocks are worked on; `clock` is shared memory. */
export function turn(block, { clock }) {
	block.data.fill(Atomics.add(clock, 0, 1));
	return block;
}

export function negative(block) {
	for (let i = 0; i < block.data.length; i++) block.data[i] = -block.data[i];
	return block;
}

/** On chunk `at` it fails. */
export function forever(_, { at }, ctx) {
	if (ctx.coords[0] === at) throw new RangeError("the only one that ends");
	for (;;);
}
