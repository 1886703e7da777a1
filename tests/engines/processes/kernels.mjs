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
