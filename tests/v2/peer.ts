/** The process of `peer.py`, in which zarr-python runs, version 2 or 3. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Connection } from "tesserae";
import { formatJson, type JsonObject, parseJson } from "../../dist/src/format/json.js";

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The versions of zarr-python that format 2 is exchanged with. */
export const PYTHONS = [
	{ title: "zarr-python 2", version: 2, python: ".venv-zarr2/bin/python" },
	{ title: "zarr-python 3", version: 3, python: ".venv/bin/python" },
] as const;

/** Undefined, with the reason printed, where it is not installed. In CI that is an error. */
export async function openPeer({ title, python }: (typeof PYTHONS)[number]): Promise<Peer | undefined> {
	try {
		if (!existsSync(fromRoot(python))) throw new Error(`there is no ${python}: make it by scripts/python-env.sh`);
		const peer = new Peer(fromRoot(python));
		await peer.versions;
		return peer;
	} catch (error) {
		if (process.env.CI) throw error;
		console.warn(`tests with ${title} are skipped: ${(error as Error).message}`);
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

/** Everything in a store, as it travels. */
export async function objectsOf(con: Connection): Promise<JsonObject> {
	const objects: { [key: string]: string } = {};
	for await (const { key } of con.backend.list(""))
		objects[key] = toText((await con.backend.get(key))?.parts[0] ?? new Uint8Array());
	return objects;
}

export async function putObjects(con: Connection, objects: unknown): Promise<void> {
	for (const [key, text] of Object.entries(objects as { [key: string]: string }))
		await con.backend.put(key, fromText(text));
}
