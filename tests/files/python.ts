/** NumPy and h5py, which write files for us to read and read what we wrote. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** A Python with NumPy and h5py; undefined, with the reason printed, where there is none. In CI that is an error. */
export async function findPython(): Promise<string | undefined> {
	const python = process.env.TESSERAE_PYTHON || fromRoot(".venv/bin/python");
	try {
		if (!existsSync(python)) throw new Error("there is no .venv: make it by scripts/python-env.sh");
		await promisify(execFile)(python, ["-c", "import numpy, h5py"]);
		return python;
	} catch (error) {
		if (process.env.CI) throw error;
		console.warn(`comparisons with NumPy and h5py are skipped: ${(error as Error).message}`);
		return undefined;
	}
}

/** An array as NumPy describes it; `bytes` are its elements, little-endian, in C order. */
export interface Described {
	readonly shape: number[];
	/** NumPy's name: `<f4`. */
	readonly dtype: string;
	readonly bytes: string;
}

export interface Request {
	/** A function of `peer.py`; the other members are its arguments. */
	readonly do: string;
	readonly [name: string]: unknown;
}

/** Runs functions of `peer.py` one after the other, in one process. */
export async function ask<T>(python: string, requests: readonly Request[]): Promise<T[]> {
	const { stdout } = await promisify(execFile)(python, [fromRoot("tests/files/peer.py"), JSON.stringify(requests)]);
	return JSON.parse(stdout) as T[];
}
