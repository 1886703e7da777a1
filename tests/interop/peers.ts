/** The process of `peers.py`, in which zarr-python and TensorStore run. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { formatJson, type Json, type JsonObject, parseJson } from "../../dist/src/format/json.js";
import type { ArrayDocument } from "./documents.js";

export type PeerName = "zarr" | "tensorstore";
export const PEERS: readonly { readonly peer: PeerName; readonly title: string }[] = [
	{ peer: "zarr", title: "zarr-python" },
	{ peer: "tensorstore", title: "TensorStore" },
];

/** A range of indices per axis. */
export type Box = readonly (readonly [start: number, stop: number])[];

/** An array as one of the readers sees it. Values and the fill value are little-endian elements. */
export interface ArrayView {
	readonly shape: readonly number[];
	readonly dtype: string;
	readonly chunkShape: readonly number[];
	readonly fill: Uint8Array;
	readonly attributes: Json;
	readonly dimensionNames: Json;
	readonly values: Uint8Array;
}

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The Python that `$TESSERAE_PYTHON` names, else that of `scripts/python-env.sh`. */
function findPython(): string {
	const { TESSERAE_PYTHON } = process.env;
	if (TESSERAE_PYTHON !== undefined && TESSERAE_PYTHON !== "") return TESSERAE_PYTHON;
	const python = fromRoot(".venv/bin/python");
	if (existsSync(python)) return python;
	throw new Error("there is no .venv: make it by scripts/python-env.sh, or name a Python in TESSERAE_PYTHON");
}

/** The peers; undefined, with the reason printed, where they are not installed. In CI that is an error. */
export async function openPeers(): Promise<Peers | undefined> {
	try {
		const peers = new Peers(findPython());
		await peers.versions;
		return peers;
	} catch (error) {
		const reason = `zarr-python and TensorStore are not to be had: ${(error as Error).message}`;
		if (process.env.CI) throw new Error(reason);
		console.warn(`interoperability tests are skipped: ${reason}`);
		return undefined;
	}
}

interface Waiting {
	resolve(answer: JsonObject): void;
	reject(error: Error): void;
}

/** One Python process; requests are answered in order. */
export class Peers {
	readonly versions: Promise<JsonObject>;
	readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
	readonly #waiting: Waiting[] = [];
	#complaints = "";

	constructor(python: string) {
		this.#child = spawn(python, [fromRoot("tests/interop/peers.py")], { stdio: ["pipe", "pipe", "pipe"] });
		this.#child.stderr.on("data", (text) => {
			this.#complaints = `${this.#complaints}${text}`.slice(-2000);
		});
		this.#child.on("error", (error) => this.#fail(error.message));
		this.#child.on("close", (code, signal) =>
			this.#fail(`it ended with ${signal ?? code}: ${this.#complaints.trim()}`),
		);
		this.#child.stdin.on("error", () => {});
		createInterface({ input: this.#child.stdout }).on("line", (line) => {
			this.#waiting.shift()?.resolve(parseJson(line, "peers.py") as JsonObject);
		});
		this.versions = this.#next();
	}

	#next(): Promise<JsonObject> {
		return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
	}

	#fail(reason: string): void {
		for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${this.#child.spawnfile} peers.py: ${reason}`));
	}

	/** Runs a command of `peers.py`; what is raised there is an error here. */
	async ask(command: string, request: { readonly [name: string]: Json }): Promise<Json> {
		if (this.#child.exitCode !== null) throw new Error(`peers.py has ended\n${this.#complaints}`);
		const answer = this.#next();
		this.#child.stdin.write(`${formatJson({ do: command, ...request }, 0)}\n`);
		const { result = null, error } = await answer;
		if (error !== undefined) throw new Error(String(error));
		return result;
	}

	/** Makes an array and writes to a part of it. */
	async create(
		{ peer, path }: { readonly peer: PeerName; readonly path: string },
		array: {
			readonly document: ArrayDocument;
			readonly fill: Uint8Array;
			readonly box: Box;
			readonly values: Uint8Array;
		},
	): Promise<void> {
		const { document, fill, box, values } = array;
		const content = {
			document: document as unknown as JsonObject,
			fill: toText(fill),
			region: jsonOf(box),
			values: toText(values),
		};
		await this.ask("create", { peer, path, ...content });
	}

	async read(peer: PeerName, path: string): Promise<ArrayView> {
		const view = (await this.ask("read", { peer, path })) as JsonObject;
		return {
			shape: view.shape as number[],
			dtype: view.data_type as string,
			chunkShape: view.chunk_shape as number[],
			fill: fromText(view.fill),
			attributes: view.attributes ?? null,
			dimensionNames: view.dimension_names ?? null,
			values: fromText(view.values),
		};
	}

	async write(peer: PeerName, path: string, box: Box, values: Uint8Array): Promise<void> {
		await this.ask("write", { peer, path, region: jsonOf(box), values: toText(values) });
	}

	async resize(peer: PeerName, path: string, shape: readonly number[]): Promise<void> {
		await this.ask("resize", { peer, path, shape: [...shape] });
	}

	/** What numcodecs makes of each of `contents`. */
	async recode(
		command: "encode_bytes" | "decode_bytes",
		codec: JsonObject,
		contents: readonly Uint8Array[],
	): Promise<Uint8Array[]> {
		const results = (await this.ask(command, { codec, contents: contents.map(toText) })) as Json[];
		return results.map(fromText);
	}

	async close(): Promise<void> {
		const ended = new Promise((resolve) => this.#child.once("close", resolve));
		this.#child.stdin.end();
		await ended;
	}
}

export const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const fromText = (text: Json | undefined): Uint8Array => new Uint8Array(Buffer.from(text as string, "base64"));
const jsonOf = (box: Box): Json => box.map(([start, stop]) => [start, stop]);
