import { mergeAttributes } from "./dataset.js";
import type { CallOptions } from "./engine.js";
import type { Attributes } from "./format/metadata.js";
import { type Member, members, updateGroup } from "./operations/hierarchy.js";
import type { Session } from "./session.js";

/** A group of datasets and groups: a directory of the hierarchy, with attributes. */
export class Group {
	/** Its full name; `""` is the root. */
	readonly path: string;
	readonly #session: Session;
	#attributes: Attributes;

	constructor(session: Session, path: string, attributes: Attributes) {
		this.#session = session;
		this.path = path;
		this.#attributes = attributes;
	}

	get attributes(): Attributes {
		return this.#attributes;
	}

	/** Merges attributes into those stored; one that is given as undefined is removed. */
	async setAttributes(attributes: { readonly [name: string]: unknown }, options?: CallOptions): Promise<void> {
		const group = await this.#session.change(options, () =>
			updateGroup(this.#session.backend, this.path, (stored) => ({
				...stored,
				attributes: mergeAttributes(stored.attributes, attributes),
			})),
		);
		this.#attributes = group.attributes;
	}

	/** The datasets and groups directly below. */
	async *members(): AsyncGenerator<Member, void, undefined> {
		yield* members(this.#session.backend, this.path, false);
	}
}
