import type { CallOptions } from "../../../src/backend.js";
import { aborted, isStoreError } from "../../../src/errors.js";
import type { Client } from "./client.js";
import { failureOf, storeErrorOf } from "./failures.js";
import { storedName } from "./keys.js";
import { inLanes } from "./lanes.js";

/** Keys of one request. */
const BATCH = 1000;
/** Requests at once: a few for many keys each, more for one key each. */
const [BATCHES, SINGLES] = [4, 16];

interface Target {
	readonly key: string;
	readonly name: string;
}

/** Deletes objects, many by each request where the server can. */
export class Deleter {
	/** The server deletes many at once; undefined before that was tried. */
	bulk: boolean | undefined;
	readonly #client: Client;

	constructor(client: Client) {
		this.#client = client;
	}

	async delete(keys: readonly string[], { signal }: CallOptions): Promise<void> {
		const targets = keys.map((key) => ({ key, name: storedName(this.#client.settings.prefix, key) }));
		const [listable, others] = split(targets);
		const batches = Array.from({ length: Math.ceil(listable.length / BATCH) }, (_, i) =>
			listable.slice(i * BATCH, (i + 1) * BATCH),
		);
		await inLanes(batches, BATCHES, (batch) => this.#deleteBatch(batch, signal));
		await this.#deleteEach(others, signal);
	}

	async #deleteBatch(batch: readonly Target[], signal: AbortSignal | undefined): Promise<void> {
		if (batch.length === 1 || this.bulk === false) return this.#deleteEach(batch, signal);
		try {
			await this.#deleteAtOnce(batch, signal);
			this.bulk ??= true;
		} catch (error) {
			if (!isStoreError(error, "UNSUPPORTED")) throw error;
			this.bulk = false;
			await this.#deleteEach(batch, signal);
		}
	}

	#deleteAtOnce(batch: readonly Target[], signal: AbortSignal | undefined): Promise<void> {
		if (signal?.aborted) throw aborted(signal);
		return this.#client.ask({ what: "deleted", signal }, async ({ sdk, client }) => {
			const Delete = { Quiet: true, Objects: batch.map(({ name }) => ({ Key: name })) };
			const input = { Bucket: this.#client.settings.bucket, Delete };
			const { Errors = [] } = await client.send(new sdk.DeleteObjectsCommand(input), {
				abortSignal: signal as AbortSignal,
			});
			const failed = Errors.find(({ Code }) => Code !== "NoSuchKey");
			if (failed === undefined) return;
			const key = batch.find(({ name }) => name === failed.Key)?.key;
			const error = { name: failed.Code ?? "Error", message: failed.Message ?? "" };
			throw storeErrorOf(error, { what: "deleted", key }, this.#client.settings);
		});
	}

	async #deleteEach(targets: readonly Target[], signal: AbortSignal | undefined): Promise<void> {
		await inLanes(targets, SINGLES, ({ key, name }) => {
			if (signal?.aborted) throw aborted(signal);
			return this.#client.ask({ what: "deleted", key, signal }, async ({ sdk, client }) => {
				const input = { Bucket: this.#client.settings.bucket, Key: name };
				await client
					.send(new sdk.DeleteObjectCommand(input), { abortSignal: signal as AbortSignal })
					.catch(unlessAbsent);
			});
		});
	}
}

function unlessAbsent(error: unknown): void {
	if (failureOf(error).name !== "NoSuchKey") throw error;
}

/** A list in XML cannot hold control characters. */
function split(targets: readonly Target[]): [Target[], Target[]] {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: it is them that are looked for
	const isListable = ({ name }: Target): boolean => !/[\0-\x1f\x7f\ufffe\uffff]/.test(name);
	return [targets.filter(isListable), targets.filter((target) => !isListable(target))];
}
