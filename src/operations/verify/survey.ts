/** Everything that is stored below a group: nodes, also damaged ones, and what belongs to none. */
import type { Backend } from "../../backend.js";
import { giveWay } from "../../engine.js";
import { isStoreError, StoreError } from "../../errors.js";
import { ancestors, chunkPrefix, isMetadataKey } from "../../format/names.js";
import { type FoundDocument, readDocument } from "../hierarchy/node-documents.js";

export type SurveyedNode =
	| { readonly kind: "array" | "group"; readonly found: FoundDocument }
	| { readonly kind: "damaged"; readonly error: StoreError };

/** An object by the name of a chunk, of no array. */
export interface Stray {
	readonly key: string;
	readonly bytes: number;
}

export interface Survey {
	/** By path, the group itself among them where it has metadata. */
	readonly nodes: Map<string, SurveyedNode>;
	readonly strays: Stray[];
	/** Paths without metadata, with nodes below. */
	readonly bare: Set<string>;
}

interface SurveyOptions {
	/** Requests in flight at once. */
	readonly concurrency: number;
	readonly signal?: AbortSignal | undefined;
}

/** @throws StoreError NOT_FOUND where nothing is stored at or below `path` */
export async function survey(backend: Backend, path: string, options: SurveyOptions): Promise<Survey> {
	const surveyor = new Surveyor(backend, options);
	await surveyor.run(path);
	const { nodes, strays, bare } = surveyor;
	if (path === "" || nodes.size + strays.length > 0) return { nodes, strays, bare };
	throw new StoreError(
		"NOT_FOUND",
		`there is no dataset or group ${JSON.stringify(path)} in ${backend.location}: list all by "tesserae ls -r"`,
	);
}

class Surveyor implements Survey {
	readonly nodes: Map<string, SurveyedNode> = new Map();
	readonly strays: Stray[] = [];
	readonly bare: Set<string> = new Set();
	readonly #backend: Backend;
	readonly #options: SurveyOptions;

	constructor(backend: Backend, options: SurveyOptions) {
		this.#backend = backend;
		this.#options = options;
	}

	async run(path: string): Promise<void> {
		await this.#look(path);
		const kind = this.nodes.get(path)?.kind;
		if (kind === "group" || (kind === undefined && path === "")) await this.#group(path);
		else if (kind === undefined) await this.#withoutNode(path);
	}

	async #look(path: string): Promise<void> {
		try {
			const found = await readDocument(this.#backend, path, { ...this.#options, attributes: true });
			if (found !== undefined) this.nodes.set(path, { kind: found.nodeType, found });
		} catch (error) {
			if (!isStoreError(error, "CORRUPT") && !isStoreError(error, "UNSUPPORTED")) throw error;
			this.nodes.set(path, { kind: "damaged", error });
		}
	}

	async #group(path: string): Promise<void> {
		const names: string[] = [];
		const { signal, concurrency } = this.#options;
		for await (const entry of this.#backend.list(chunkPrefix(path), { delimiter: "/", signal })) {
			await giveWay();
			if (entry.kind === "prefix") names.push(entry.key.slice(0, -1));
			else if (isChunkLike(entry.key)) this.strays.push({ key: entry.key, bytes: entry.size });
		}
		names.sort();
		for (let at = 0; at < names.length; at += concurrency) {
			const some = names.slice(at, at + concurrency).filter((name) => !this.nodes.has(name));
			await Promise.all(some.map((name) => this.#look(name)));
		}
		for (const name of names) {
			const kind = this.nodes.get(name)?.kind;
			if (kind === "group") await this.#group(name);
			else if (kind === undefined) await this.#withoutNode(name);
		}
	}

	/** What is below a path at which no node is: perhaps nodes that no listing finds, perhaps chunks that lost theirs. */
	async #withoutNode(path: string): Promise<void> {
		const strays: Stray[] = [];
		const below = new Set<string>();
		for await (const entry of this.#backend.list(chunkPrefix(path), { signal: this.#options.signal })) {
			await giveWay();
			if (entry.kind !== "object") continue;
			if (isMetadataKey(entry.key)) below.add(entry.key.slice(0, entry.key.lastIndexOf("/")));
			else if (isChunkLike(entry.key)) strays.push({ key: entry.key, bytes: entry.size });
		}
		for (const name of [...below].sort()) {
			if (!this.nodes.has(name)) await this.#look(name);
			for (const group of ancestors(name))
				if (`${group}/`.startsWith(chunkPrefix(path)) && !below.has(group)) this.bare.add(group);
		}
		const owns = (name: string): boolean => (this.nodes.get(name)?.kind ?? "group") !== "group";
		this.strays.push(...strays.filter(({ key }) => !ancestors(key).some(owns)));
	}
}

/**
 * Whether a key is one that chunks have in any encoding: coordinates at the end, perhaps after a `c`. Other objects are taken for somebody
 * else's.
 */
function isChunkLike(key: string): boolean {
	return /(?:^|\/)(?:c|(?:c\.)?\d+(?:\.\d+)*)$/.test(key);
}
