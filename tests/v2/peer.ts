/** The process of `peer.py`, in which zarr-python runs: the one that `$TESSERAE_PYTHON` has, of version 2 or 3. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { formatJson, type JsonObject, parseJson } from "../../dist/src/format/json.js";

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** zarr-python; undefined, with the reason printed, where it is not installed. In CI that is an error. */
export async function openPeer(): Promise<Peer | undefined> {
	const python = process.env.TESSERAE_PYTHON || fromRoot(".venv/bin/python");
	try {
		if (!existsSync(python)) throw new Error(`there is no ${python}: make it by scripts/python-env.sh`);
		const peer = new Peer(python);
		await peer.versions;
		return peer;
	} catch (error) {
		if (process.env.CI) throw error;
		console.warn(`tests with zarr-python are skipped: ${(error as Error).message}`);
		return undefined;
	}
}

/** One Python process; requests are answered in order. */
export class Peer {
	readonly versions: Promise<JsonObject>;
	readonly #child: ChildProcessByStdio<Writable, Readable, null>;
	readonly #lines: AsyncIterator<string>;

	constructor(python: string) {
		this.#child = spawn(python, [fromRoot("tests/v2/peer.py")], { stdio: ["pipe", "pipe", "inherit"] });
		this.#child.stdin.on("error", () => {});
		const lines: Interface = createInterface({ input: this.#child.stdout });
		this.#lines = lines[Symbol.asyncIterator]();
		this.versions = this.#answer();
	}

	async #answer(): Promise<JsonObject> {
		const { value, done } = await this.#lines.next();
		if (done) throw new Error("peer.py has ended");
		return parseJson(value, "peer.py") as JsonObject;
	}

	/** Runs a command of `peer.py`; what is raised there is an error here. */
	async ask(command: string, request: JsonObject): Promise<JsonObject> {
		this.#child.stdin.write(`${formatJson({ do: command, ...request }, 0)}\n`);
		const { result, error } = await this.#answer();
		if (error !== undefined) throw new Error(String(error));
		return result as JsonObject;
	}

	async close(): Promise<void> {
		const ended = new Promise((resolve) => this.#child.once("close", resolve));
		this.#child.stdin.end();
		await ended;
	}
}

export const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
export const fromText = (text: unknown): Uint8Array => new Uint8Array(Buffer.from(text as string, "base64"));
