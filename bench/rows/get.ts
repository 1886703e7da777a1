import { empty } from "tesserae";
import type { Bench, Group } from "../support/bench.js";
import { type Codec, type Cube, ramCube, SHAPE, values } from "../support/cube.js";
import { type Contestant, contestant } from "../support/measure.js";
import type { Python, PythonTask } from "../support/python.js";
import { type Comparison, hold } from "../support/row.js";
import { digest } from "../support/same.js";
import { SELECTIONS, type ZarritaArray, zarritaArray, zarritaGet } from "../support/zarrita.js";

/** The whole cube, and parts of it that walk in strides, from memory. */
export const get: Group = {
	"raw-64": (bench) => compareAll(bench, 64, "raw"),
	"raw-128": (bench) => compareAll(bench, 128, "raw"),
	"zstd-64": (bench) => compareAll(bench, 64, "zstd"),
	"zstd-128": (bench) => compareAll(bench, 128, "zstd"),
};

async function compareAll(bench: Bench, side: number, codec: Codec): Promise<void> {
	const cube = await ramCube(values(), side, codec);
	await using _ = cube.connection;
	const zarrita = await zarritaArray(cube.connection.backend, "cube");
	const subject = { side, codec, cube, zarrita, python: await bench.python() };
	for (const selection of codec === "raw" ? ["...", "::2, ::2, ::2", "::-1"] : ["..."])
		await compare(bench, subject, selection);
}

interface Subject {
	readonly side: number;
	readonly codec: Codec;
	readonly cube: Cube;
	readonly zarrita: ZarritaArray;
	readonly python: Python | undefined;
}

/** What we want to be, in times as fast as the other. */
const RAW_GOALS: { readonly [selection: string]: readonly Comparison[] } = {
	"...": [
		{ ours: "get", other: "flat copy, fresh", atLeast: 0.7 },
		{ ours: "get out", other: "flat copy, warm", atLeast: 0.4 },
		{ ours: "get", other: "zarrita", atLeast: 2 },
		{ ours: "get", other: "zarr-python" },
	],
	"::2, ::2, ::2": [
		{ ours: "get", other: "zarrita", atLeast: 10 },
		{ ours: "get", other: "ascontiguousarray", atLeast: 1 / 3 },
		{ ours: "get out", other: "copyto", atLeast: 1 / 3 },
		{ ours: "get", other: "zarr-python" },
	],
	"::-1": [
		{ ours: "get", other: "ascontiguousarray", atLeast: 1 / 3 },
		{ ours: "get out", other: "copyto", atLeast: 1 / 3 },
	],
};

async function compare(bench: Bench, subject: Subject, selection: string): Promise<void> {
	const name = `${subject.codec} ${subject.side}³ [${selection}]`;
	await checkEqual(subject, selection);
	const goals = RAW_GOALS[selection] ?? [];
	const contestants = [
		...ours(subject, selection),
		...(selection === "..." ? flatCopies(subject) : []),
		...javascriptPeers(subject, selection),
		...pythonPeers(subject, selection),
	];
	const comparisons = subject.codec === "raw" ? goals : goals.map(({ ours, other }) => ({ ours, other }));
	await hold(bench, { name, contestants, comparisons });
	if (selection === "::-1")
		bench.results.omissions.push({ name: `${name} by zarrita, zarr-python`, reason: "they know no negative steps" });
}

function ours({ cube }: Subject, selection: string): Contestant[] {
	const out = empty(resultShape(selection), "float32");
	out.data.fill(1);
	return [
		contestant("get", () => cube.dataset.get(selection)),
		contestant("get out", () => cube.dataset.get(selection, { out })),
	];
}

function resultShape(selection: string): readonly number[] {
	return selection.startsWith("::2") ? SHAPE.map((length) => length / 2) : SHAPE;
}

/** The limits: as many bytes copied by the runtime in one piece. */
function flatCopies({ cube }: Subject): Contestant[] {
	const { data } = cube.values;
	const warm = new Float32Array(data.length).fill(1);
	return [
		contestant("flat copy, fresh", () => new Float32Array(data.length).set(data)),
		contestant("flat copy, warm", () => warm.set(data)),
	];
}

function javascriptPeers({ zarrita }: Subject, selection: string): Contestant[] {
	const theirs = SELECTIONS[selection];
	return theirs === undefined ? [] : [contestant("zarrita", () => zarritaGet(zarrita, theirs))];
}

function pythonPeers({ python, side, codec }: Subject, selection: string): Contestant[] {
	if (python === undefined) return [];
	const { hasZarr } = python;
	const zarr = python.contestant("zarr-python", { what: "zarr", selection, side, codec });
	const numpy = (["ascontiguousarray", "copyto"] as const).map((name) =>
		python.contestant(name, { what: name === "copyto" ? name : "numpy", selection }),
	);
	return [...(hasZarr && selection !== "::-1" ? [zarr] : []), ...(selection === "..." ? [] : numpy)];
}

/** Before anything is timed: all of them give the same values. */
async function checkEqual({ python, cube, zarrita, side, codec }: Subject, selection: string): Promise<void> {
	const { data } = await cube.dataset.get(selection);
	const wanted = digest(data);
	const found = new Map<string, string>();
	const theirs = SELECTIONS[selection];
	if (theirs !== undefined) found.set("zarrita", digest(await zarritaGet(zarrita, theirs)));
	if (python !== undefined) {
		const tasks: PythonTask[] = [{ what: "numpy", selection }];
		if (python.hasZarr && theirs !== undefined) tasks.push({ what: "zarr", selection, side, codec });
		for (const task of tasks) found.set(task.what, await python.digest(task));
	}
	for (const [peer, digest] of found)
		if (digest !== wanted) throw new Error(`${peer} and we differ in [${selection}] at ${side}³ ${codec}`);
}
