import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Omission } from "../results.js";

const ROOT = new URL("../../../../", import.meta.url);
const PYTHON = fileURLToPath(new URL(".venv-peers/bin/python", ROOT));
const PYTHON_SIDE = fileURLToPath(new URL("bench/peers/python_side.py", ROOT));
const ZARRS = fileURLToPath(new URL(".zarrs-peer/bin/", ROOT));
const ZARRS_SIDE = fileURLToPath(new URL("bench/peers/zarrs_side.py", ROOT));

/** An implementation, as a program that takes commands. */
export interface Side {
	readonly name: string;
	readonly program: string;
	readonly args: readonly string[];
	/** Takes part in reading only. */
	readonly readsOnly: boolean;
	/** What it can do about a power cut; undefined where it never flushes. */
	readonly flushes: string | undefined;
	/** False: what it reads is not shown, and so not compared. */
	readonly tellsValues: boolean;
}

const OURS = '`durability: "fsync"`: every file, then its directory';

/** Ours first: the others' results are held against them. */
const SIDES: readonly Side[] = [
	node("tesserae sequential", "tesserae-side.js", { args: ["sequential"], flushes: OURS }),
	node("tesserae threads", "tesserae-side.js", { args: ["threads"], flushes: OURS }),
	{
		...node("tesserae threads, out", "tesserae-side.js", { args: ["threads", "out"], flushes: OURS }),
		readsOnly: true,
	},
	python("TensorStore", "tensorstore", "`file_io_sync`, its default"),
	python("zarr-python", "zarr-python"),
	python("zarr-python + zarrs", "zarrs"),
	{ ...python("zarrs", "zarrs"), args: [ZARRS_SIDE, ZARRS], tellsValues: false },
	node("zarrita.js", "zarrita-side.js", { args: [], flushes: undefined }),
];

function node(name: string, program: string, rest: Pick<Side, "args" | "flushes">): Side {
	const path = fileURLToPath(new URL(`dist/bench/peers/${program}`, ROOT));
	return { name, program: process.execPath, ...rest, args: [path, ...rest.args], readsOnly: false, tellsValues: true };
}

function python(name: string, side: string, flushes?: string): Side {
	return { name, program: PYTHON, args: [PYTHON_SIDE, side], flushes, readsOnly: false, tellsValues: true };
}

/** Those that are installed; what is not is told. */
export function installedSides(omissions: Omission[]): readonly Side[] {
	return SIDES.filter((side) => {
		const reason = missingFor(side);
		if (reason !== undefined) omissions.push({ name: side.name, reason });
		return reason === undefined;
	});
}

function missingFor({ program, args }: Side): string | undefined {
	if (program === PYTHON && !existsSync(PYTHON)) return "no .venv-peers: run scripts/peers-env.sh";
	if (args.includes(ZARRS) && !existsSync(ZARRS)) return "no .zarrs-peer: run scripts/zarrs-env.sh";
	return undefined;
}
