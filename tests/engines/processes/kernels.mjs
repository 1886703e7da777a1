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

let hasMet = false;

/**
 * Fills a block with its place in the order in which blocks are worked on. `clock` is shared memory, whose second entry counts the threads that have begun: with their
 * first block they wait for one another, so that a slow start of one of them does not matter.
 */
export function turn(block, { clock, workers }) {
	block.data.fill(Atomics.add(clock, 0, 1));
	if (!hasMet) meet(clock, workers);
	hasMet = true;
	return block;
}

function meet(clock, workers) {
	let here = Atomics.add(clock, 1, 1) + 1;
	Atomics.notify(clock, 1);
	while (here < workers) {
		if (Atomics.wait(clock, 1, here, 20_000) === "timed-out") throw new Error("the other threads have not begun");
		here = Atomics.load(clock, 1);
	}
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
