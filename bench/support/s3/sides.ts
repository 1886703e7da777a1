import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Side } from "../peers/sides.js";
import type { Omission } from "../results.js";

const ROOT = new URL("../../../../", import.meta.url);
const PYTHON = fileURLToPath(new URL(".venv-peers/bin/python", ROOT));
const PYTHON_SIDE = fileURLToPath(new URL("bench/peers/python_s3_side.py", ROOT));
const NODE_SIDE = fileURLToPath(new URL("dist/bench/peers/s3-side.js", ROOT));

const COMMON = { readsOnly: true, flushes: undefined, tellsValues: true } as const;

/** Ours first: the others' results are held against them. */
const SIDES: readonly Side[] = [
	{ ...COMMON, name: "tesserae", program: process.execPath, args: [NODE_SIDE, "sequential", "sdk"] },
	{ ...COMMON, name: "tesserae, lean", program: process.execPath, args: [NODE_SIDE, "sequential", "lean"] },
	{ ...COMMON, name: "tesserae threads, lean", program: process.execPath, args: [NODE_SIDE, "threads", "lean"] },
	{ ...COMMON, name: "zarrita.js, anonymous", program: process.execPath, args: [NODE_SIDE, "zarrita"] },
	{ ...COMMON, name: "zarr-python, obstore", program: PYTHON, args: [PYTHON_SIDE, "obstore"] },
	{ ...COMMON, name: "zarr-python, s3fs", program: PYTHON, args: [PYTHON_SIDE, "s3fs"] },
];

/** Those that are installed; what is not is told. They find the gateway by the environment. */
export function installedGatewaySides(omissions: Omission[]): readonly Side[] {
	return SIDES.filter(({ name, program }) => {
		const isThere = program !== PYTHON || existsSync(PYTHON);
		if (!isThere) omissions.push({ name, reason: "no .venv-peers: run scripts/peers-env.sh" });
		return isThere;
	});
}
