/** What is below a group: found by listing the store, or read from consolidated metadata. */
import type { Backend } from "../../backend.js";
import { expectListeners, giveWay } from "../../engine.js";
import { StoreError } from "../../errors.js";
import {
	CONSOLIDATED,
	type ConsolidatedNode,
	parseConsolidated,
	parseConsolidatedV2,
} from "../../format/consolidated.js";
import type { Json, JsonObject } from "../../format/metadata.js";
import { ancestors, chunkPrefix, consolidatedV2Key, metadataKey } from "../../format/names.js";
import { isGroupV2 } from "./consolidated-copies.js";
import { readDocument, readNode, type StoredNode, textOf } from "./node-documents.js";

/** A node below a group. */
export interface Member {
	/** Its full name. */
	readonly name: string;
	readonly kind: "dataset" | "group";
}

export interface MemberOptions {
	/** Also what is in groups below. Default false. */
	readonly recursive?: boolean | undefined;
	/**
	 * Takes the names from consolidated metadata: one request, however many nodes, but it tells what was there when it was written. Default
	 * false, except where the store cannot list its keys.
	 */
	readonly consolidated?: boolean | undefined;
	readonly signal?: AbortSignal | undefined;
}

export interface WalkOptions extends MemberOptions {
	/** Requests in flight at once. */
	readonly concurrency: number;
	/** Also the attributes of nodes of Zarr v2, which cost a request each. */
	readonly attributes?: boolean | undefined;
}

/**
 * The nodes below a group, in no particular order, each as soon as it is found. Objects of arrays are not listed, so the cost is that of
 * the nodes: a request each, and a listing per group.
 * @throws StoreError UNSUPPORTED or NOT_FOUND where there is no consolidated metadata but it is needed or asked for
 */
export async function* members(
	backend: Backend,
	path: string,
	options: WalkOptions,
): AsyncGenerator<Member, void, undefined> {
	const listed = backend.supports.list && !options.consolidated;
	const nodes = listed ? new Walk(backend, options).run(path) : consolidated(backend, path, options);
	for await (const { name, nodeType } of nodes) yield { name, kind: nodeType === "array" ? "dataset" : "group" };
}

/** A node as it was found, its document not looked at further than for its type. */
export interface FoundNode {
	/** Its full name. */
	readonly name: string;
	readonly nodeType: "array" | "group";
	readonly document: JsonObject;
	readonly etag: string;
	/** Of Zarr v2. */
	readonly isV2: boolean;
	/** Of Zarr v2: the content of `.zattrs`. */
	readonly attributes?: Json | undefined;
	readonly attributesEtag?: string | undefined;
}

/** Every node below a group, with its documents. */
export function walk(
	backend: Backend,
	path: string,
	options: Pick<WalkOptions, "concurrency" | "signal">,
): AsyncGenerator<FoundNode, void, undefined> {
	return new Walk(backend, { ...options, recursive: true, attributes: true }).run(path);
}

/** Lists groups and reads what they list, several at once. */
class Walk {
	readonly #backend: Backend;
	readonly #options: WalkOptions;
	readonly #ended = new AbortController();
	readonly #signal: AbortSignal;
	/** Groups to be listed; the last one found comes first, so that few wait in a deep hierarchy. */
	readonly #groups: string[] = [];
	readonly #found: FoundNode[] = [];
	#listings = 0;
	/** Names being looked at, and nodes that were found and not taken yet: so a slow caller holds up the walk. */
	#nodes = 0;
	#failure: { readonly error: unknown } | undefined;
	#ring: () => void = () => {};
	/** Resolves with the next change of any of the above. */
	#news: Promise<void>;

	constructor(backend: Backend, options: WalkOptions) {
		this.#backend = backend;
		this.#options = options;
		const { signal } = options;
		this.#signal = signal === undefined ? this.#ended.signal : AbortSignal.any([this.#ended.signal, signal]);
		expectListeners(this.#signal);
		this.#news = this.#nextNews();
	}

	async *run(path: string): AsyncGenerator<FoundNode, void, undefined> {
		this.#groups.push(path);
		try {
			for (;;) {
				this.#beginListings();
				if (this.#failure !== undefined) throw this.#failure.error;
				const next = this.#found.shift();
				if (next !== undefined) {
					yield next;
					this.#nodes--;
					this.#tell();
				} else if (this.#listings + this.#nodes === 0) return;
				else await this.#news;
			}
		} finally {
			this.#ended.abort();
			this.#tell();
		}
	}

	/** Half of the requests may be listings, so that names are looked at meanwhile. */
	#beginListings(): void {
		const most = Math.max(1, this.#options.concurrency >> 1);
		while (this.#listings < most) {
			const group = this.#groups.pop();
			if (group === undefined) return;
			this.#listings++;
			this.#list(group)
				.catch((error) => this.#fail(error))
				.finally(() => {
					this.#listings--;
					this.#tell();
				});
		}
	}

	async #list(group: string): Promise<void> {
		const entries = this.#backend.list(chunkPrefix(group), { delimiter: "/", signal: this.#signal });
		for await (const { kind, key } of entries) {
			await giveWay();
			if (kind !== "prefix") continue;
			while (this.#isFull()) await this.#news;
			if (this.#ended.signal.aborted) return;
			this.#nodes++;
			this.#look(key.slice(0, -1)).catch((error) => this.#fail(error));
		}
	}

	#isFull(): boolean {
		if (this.#ended.signal.aborted) return false;
		return this.#nodes >= Math.max(1, this.#options.concurrency - this.#listings);
	}

	async #look(name: string): Promise<void> {
		const read = await readDocument(this.#backend, name, {
			signal: this.#signal,
			attributes: this.#options.attributes,
		});
		await giveWay();
		if (read === undefined) this.#nodes--;
		else {
			const { nodeType } = read;
			this.#found.push({ ...read, name, document: read.document as JsonObject });
			if (nodeType === "group" && this.#options.recursive) this.#groups.push(name);
		}
		this.#tell();
	}

	#fail(error: unknown): void {
		this.#failure ??= { error };
		this.#ended.abort();
		this.#tell();
	}

	#tell(): void {
		const ring = this.#ring;
		this.#news = this.#nextNews();
		ring();
	}

	#nextNews(): Promise<void> {
		return new Promise((resolve) => {
			this.#ring = resolve;
		});
	}
}

interface NamedNode {
	readonly name: string;
	readonly nodeType: "array" | "group";
}

/** The nodes below a group as the nearest group that has consolidated metadata tells of them. */
async function* consolidated(
	backend: Backend,
	path: string,
	{ recursive, signal }: MemberOptions,
): AsyncGenerator<NamedNode, void, undefined> {
	const own = await readNode(backend, path, signal);
	for (const group of [path, ...ancestors(path).reverse()]) {
		const found = group === path ? own : await readNode(backend, group, signal);
		const isOfV3 = found !== undefined && !isGroupV2(found);
		const nodes = isOfV3 ? copyIn(found, group) : await readV2(backend, group, signal);
		if (nodes === undefined) continue;
		// Format 2 has the group itself among them.
		const named = nodes.map(({ path: name, nodeType }) => ({
			name: name === "" ? group : chunkPrefix(group) + name,
			nodeType,
		}));
		if (own !== undefined && group !== path && !named.some(({ name }) => name === path))
			throw outOfDate(isOfV3 ? metadataKey(group) : consolidatedV2Key(group), path);
		yield* below(named, path, recursive ?? false);
		return;
	}
	const [code, also] = backend.supports.list ? (["NOT_FOUND", ""] as const) : (["UNSUPPORTED", LISTS_NOTHING] as const);
	const where = `${backend.location}${also} has no consolidated metadata for ${JSON.stringify(path)}`;
	throw new StoreError(code, `${where}: write it by consolidateMetadata, or open datasets by their names`);
}

const LISTS_NOTHING = " cannot list what it holds, and";

function copyIn({ node }: StoredNode, group: string): readonly ConsolidatedNode[] | undefined {
	const member = node.nodeType === "group" ? node.group.extensions[CONSOLIDATED] : undefined;
	return member === undefined ? undefined : parseConsolidated(member, metadataKey(group));
}

async function readV2(
	backend: Backend,
	group: string,
	signal: AbortSignal | undefined,
): Promise<readonly ConsolidatedNode[] | undefined> {
	const key = consolidatedV2Key(group);
	const fetched = await backend.get(key, { signal });
	return fetched && parseConsolidatedV2(textOf(fetched, key), key);
}

function outOfDate(key: string, path: string): StoreError {
	const what = `its consolidated metadata does not know ${JSON.stringify(path)}, which is there`;
	return new StoreError("CORRUPT", `${key}: ${what}: it is out of date, write it again by consolidateMetadata`, {
		key,
	});
}

function* below(nodes: readonly NamedNode[], path: string, recursive: boolean): Generator<NamedNode> {
	const prefix = chunkPrefix(path);
	for (const node of nodes) {
		const { name } = node;
		if (name === path || !name.startsWith(prefix)) continue;
		if (recursive || !name.includes("/", prefix.length)) yield node;
	}
}
