import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Codec } from "./cube.js";
import type { Contestant, Sample } from "./measure.js";
import type { Results } from "./results.js";

const ROOT = new URL("../../../", import.meta.url);
const SCRIPT = fileURLToPath(new URL("bench/support/peer.py", ROOT));

/** What the Python side may be asked; it holds the same cube as we do. */
export interface PythonTask {
	/** `zarr`: zarr-python reads; `numpy`: `np.ascontiguousarray(a[selection])`; `copyto`: the same into an array that is there. */
	readonly what: "zarr" | "numpy" | "copyto";
	readonly selection: string;
	readonly side?: number;
	readonly codec?: Codec;
}

/** A warm Python interpreter, one command at a time. */
export class Python {
	readonly hasZarr: boolean;
	readonly #process: ChildProcess;
	readonly #answers: AsyncIterator<string>;

	private constructor(child: ChildProcess, answers: AsyncIterator<string>, hasZarr: boolean) {
		this.#process = child;
		this.#answers = answers;
		this.hasZarr = hasZarr;
	}

	/** Starts the interpreter of `.venv`; where there is none, the results say why. */
	static async start({ omissions, peers }: Results): Promise<Python | undefined> {
		const program = fileURLToPath(new URL(".venv/bin/python", ROOT));
		const missing = (reason: string): void => void omissions.push({ name: "zarr-python and NumPy", reason });
		if (!existsSync(program)) return void missing("no .venv: run scripts/python-env.sh");
		const child = spawn(program, [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
		const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
		child.stdin.write(`${JSON.stringify({ what: "versions" })}\n`);
		const { value, done } = await answers.next();
		if (done) return void missing("the Python side did not start: see above");
		const versions = JSON.parse(value as string);
		Object.assign(peers, versions);
		return new Python(child, answers, "zarr-python" in versions);
	}

	contestant(name: string, task: PythonTask): Contestant {
		return { name, run: () => this.#ask<Sample>(task) };
	}

	/** SHA-256 of the result's bytes, in hexadecimal. */
	async digest(task: PythonTask): Promise<string> {
		return (await this.#ask<{ digest: string }>({ ...task, digest: true })).digest;
	}

	async #ask<Answer>(command: object): Promise<Answer> {
		this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
		const { value, done } = await this.#answers.next();
		if (done) throw new Error("the Python side has died: its own message is above");
		return JSON.parse(value as string);
	}

	stop(): void {
		this.#process.stdin?.end();
	}
}
