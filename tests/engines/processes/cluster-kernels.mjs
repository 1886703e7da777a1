/** Kernels that show in which process they run, take their time, or end it. */
import { readdirSync, writeFileSync } from "node:fs";

export function whereAmI(block) {
	block.data.fill(process.pid);
	return block;
}

export function pid() {
	return process.pid;
}

/** Keeps its processor busy for so many milliseconds. */
function spin(time) {
	const end = performance.now() + time;
	while (performance.now() < end);
}

export function slowWave(block, { factor, time }) {
	spin(time);
	for (let i = 0; i < block.data.length; i++) block.data[i] = Math.sin(block.data[i] * factor);
	return block;
}

export function slowlyWhere(_, { time }, { shape }) {
	spin(time);
	return { data: new Float64Array(1).fill(process.pid), shape };
}

export function slowIncrement(block, { time }) {
	spin(time);
	for (let i = 0; i < block.data.length; i++) block.data[i] += 1;
	return block;
}

export function slowSum(block, { time }) {
	spin(time);
	return { sum: block.data.reduce((sum, value) => sum + value, 0), values: block.data.subarray(0, 2) };
}

export function dieAt(block, { at, signal }, { coords }) {
	if (coords.every((c, d) => c === at[d])) {
		if (signal === undefined) process.exit(7);
		process.kill(process.pid, signal);
		for (;;);
	}
	return block;
}

/** Writes its process's number, then never ends. */
export function forever(_block, { directory }) {
	writeFileSync(`${directory}/${process.pid}`, "");
	for (;;);
}

export function throwLater() {
	setTimeout(() => {
		throw new RangeError("from a timer");
	});
	return new Promise(() => {});
}

export function fail(_block, _parameters, { coords }) {
	throw new RangeError(`no ${coords}`, { cause: new TypeError("the reason") });
}

export function say(block, _parameters, { coords }) {
	console.log(`out ${coords}`);
	console.error(`err ${coords}`);
	return block;
}

export function variable(_block, { name }) {
	return process.env[name];
}

export function add(block, { weights }) {
	for (let i = 0; i < block.data.length; i++) block.data[i] += weights[i % weights.length];
	return block;
}

export function uncopiable() {
	return { array: new Float32Array(2), buffer: new SharedArrayBuffer(8) };
}

/** One worker never ends; another one fails once it has seen that. */
export async function foreverOrFail(block, { directory }, { coords }) {
	if (coords[0] === 0) forever(block, { directory });
	while (readdirSync(directory).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
	throw new RangeError("found one");
}
