import { mergeAttributes } from "./dataset.js";
import type { CallOptions } from "./engine.js";
import type { Attributes, GroupMetadata } from "./format/metadata.js";
import { consolidate } from "./operations/hierarchy/consolidate.js";
import { readGroup, updateGroup } from "./operations/hierarchy/hierarchy.js";
import { type Member, type MemberOptions, members } from "./operations/hierarchy/members.js";
import { inSteps, type Session } from "./session.js";
import { byRoot } from "./world.js";

/** A group of datasets and groups: a directory of the hierarchy, with attributes. */
export class Group {
	/** Its full name; `""` is the root. */
	readonly path: string;
	/** Version of Zarr in which it is stored. */
	readonly format: 2 | 3;
	readonly #session: Session;
	#attributes: Attributes;

	constructor(session: Session, path: string, { attributes, v2 }: Pick<GroupMetadata, "attributes" | "v2">) {
		this.#session = session;
		this.path = path;
		this.format = v2 === undefined ? 3 : 2;
		this.#attributes = attributes;
	}

	get attributes(): Attributes {
		return this.#attributes;
	}

	/** Merges attributes into those stored; one that is given as undefined is removed. */
	async setAttributes(attributes: { readonly [name: string]: unknown }, options?: CallOptions): Promise<void> {
		const { backend } = this.#session;
		const change = (): Promise<GroupMetadata> =>
			updateGroup(backend, this.path, (stored) => ({
				...stored,
				attributes: mergeAttributes(stored.attributes, attributes),
			}));
		const group = await this.#together("setAttributes", options, ({ signal }) =>
			byRoot(signal, change, () => readGroup(backend, this.path, signal)),
		);
		this.#attributes = group.attributes;
	}

	/** The datasets and groups directly below, or with `recursive` all, in no particular order. */
	async *members(options: MemberOptions = {}): AsyncGenerator<Member, void, undefined> {
		const { backend, metadataConcurrency } = this.#session;
		yield* inSteps(this.#session, members(backend, this.path, { ...options, concurrency: metadataConcurrency }));
	}

	/**
	 * Writes consolidated metadata, as zarr-python's `consolidate_metadata` does: a copy of the metadata of everything of its format below, in
	 * the group's own (`.zmetadata` in format 2), so that it can be listed where the store cannot. The next change below removes it; write it
	 * again when a hierarchy is complete.
	 * @throws StoreError CONFLICT where others keep changing what is below
	 */
	async consolidateMetadata(options?: CallOptions): Promise<void> {
		const { backend, metadataConcurrency: concurrency } = this.#session;
		await this.#together("consolidateMetadata", options, ({ signal }) =>
			byRoot(
				signal,
				() => consolidate(backend, this.path, { concurrency, signal }),
				async () => {},
			),
		);
	}

	#together<T>(what: string, options: CallOptions | undefined, work: (options: CallOptions) => Promise<T>): Promise<T> {
		const session = this.#session;
		return session.together(`${what} of ${JSON.stringify(this.path)}`, options, (o) => session.change(o, work));
	}
}
