import type { Backend, Capabilities, Usage } from "./backend.js";
import { concurrencyFor, type Settings } from "./connection-options.js";
import { type CreateFromData, type CreateOptions, Dataset, type DatasetOwner, type DTypeOfData } from "./dataset.js";
import type { CallOptions, Engine } from "./engine.js";
import { isStoreError, StoreError } from "./errors.js";
import { dataTypeFromUser } from "./format/data-type-metadata.js";
import type { DType, DTypeLike, NumericName } from "./format/data-types.js";
import type { GroupMetadata } from "./format/metadata.js";
import { checkName } from "./format/names.js";
import { Group } from "./group.js";
import { printsAsString } from "./inspect.js";
import type { Logger } from "./log.js";
import { MemoryBudget } from "./memory-budget.js";
import { ObjectStore } from "./object-store.js";
import { checkCreateOptions } from "./operations/create/create.js";
import { type CreateGroupOptions, describeGroup } from "./operations/create/create-group.js";
import { createOrOpen } from "./operations/create/create-or-open.js";
import { describeFilled } from "./operations/create/describe-source.js";
import { createGroup, readArray, readGroup, readNode, removeNode } from "./operations/hierarchy/hierarchy.js";
import type { MemberOptions } from "./operations/hierarchy/members.js";
import type { Runtime } from "./operations/runtime.js";
import type { VerifyOptions } from "./operations/verify/verification.js";
import { type StoreVerification, verifyWhole } from "./operations/verify/verify-store.js";
import { RangeTuner } from "./range-tuner.js";
import { callTogether, rootChange, valueOfRoot, valuesAtRoot } from "./rank-calls.js";
import { Calls } from "./session.js";
import { openEngine } from "./targets.js";
import type { ArrayLike } from "./values/nd-array.js";
import { byRoot, clearUp, together, type World } from "./world.js";
import { type Meter, meter } from "./wrap/meter.js";
import { readOnly } from "./wrap/read-only.js";

/** An open store: one backend, one engine. Made by `connect`. */
export class Connection implements DatasetOwner {
	readonly backend: Backend;
	readonly singleWriter: boolean;
	readonly metadataConcurrency: number;
	readonly tuner: RangeTuner;
	/** Counts requests, bytes and errors of this connection, and what they took. */
	readonly meter: Pick<Meter, "snapshot" | "prometheus">;
	/** The objects of the store, whatever they hold. */
	readonly store: ObjectStore;
	readonly #calls: Calls;
	readonly #engines: Set<Engine>;
	readonly #log: Logger;
	#runtime: Runtime;
	#closing: Promise<void> | undefined;

	/** Use `connect`. */
	constructor(backend: Backend, engine: Engine, settings: Settings) {
		const metered = meter(settings.mode === "r" ? readOnly(backend) : backend, { report: settings.report });
		this.meter = metered;
		this.backend = metered.backend;
		this.singleWriter = settings.singleWriter;
		this.tuner = new RangeTuner(settings.ranges, backend.supports.remote);
		const { concurrency, metadataConcurrency } = concurrencyFor(settings, backend.supports);
		this.metadataConcurrency = metadataConcurrency;
		this.#engines = new Set([engine]);
		this.#log = settings.log;
		this.#runtime = {
			engine,
			limits: { concurrency, budget: new MemoryBudget(settings.memory, { strict: settings.isMemoryStrict }) },
		};
		this.#calls = new Calls(settings.timeout, settings.signal);
		this.store = new ObjectStore(this);
	}

	/** Number of this process among those that run the same program: 0 of 1 unless the engine is `ranks`. */
	get rank(): number {
		return this.#world.rank;
	}
	/** How many processes run the same program. */
	get size(): number {
		return this.#world.size;
	}
	/** True for rank 0, which creates and deletes for all. */
	get isRoot(): boolean {
		return this.rank === 0;
	}
	get #world(): World {
		return this.#runtime.engine.world;
	}

	/** What the store can do; undefined where that is not known until {@link probe}. */
	get supports(): Capabilities {
		return this.backend.supports;
	}

	get runtime(): Runtime {
		return this.#runtime;
	}

	/** Measures what the store can do. */
	probe(options?: CallOptions): Promise<Capabilities> {
		return this.call(options, ({ signal }) => this.backend.probe({ signal }));
	}

	/** What the store takes where it lies, and how much of that {@link compact} would give back. */
	usage(options?: CallOptions): Promise<Usage> {
		return this.call(options, ({ signal }) => this.backend.usage({ signal }));
	}

	/** Gives back the space of what was deleted: rewrites an `sqlite` file, which takes its size in free space meanwhile. */
	async compact(options?: CallOptions): Promise<void> {
		await this.change(options, ({ signal }) => this.backend.compact({ signal }));
	}

	/** Changes the engine for the calls to come. */
	async use(changes: { readonly engine: string | Engine }): Promise<void> {
		const engine = await openEngine(changes.engine, {});
		await engine.admit(this.backend, this.#log);
		this.#engines.add(engine);
		this.#runtime = { ...this.#runtime, engine };
	}

	/** Waits until all ranks are here. @throws StoreError WORKER_LOST where one has ended */
	barrier(options?: CallOptions): Promise<void> {
		return this.#exchange("barrier", options, ({ signal }) => together(signal, async () => {}));
	}

	/**
	 * Gives every rank the value of root. Numbers, texts, typed arrays, ndarrays, and plain objects and lists of these; what the others pass is not
	 * looked at.
	 */
	broadcast<T>(value: T, options?: CallOptions): Promise<T> {
		return this.#exchange("broadcast", options, (o) => valueOfRoot(value, this.isRoot, o));
	}

	/** Gives root the values of all, in the order of ranks; the others get undefined, as in MPI. Values are those of {@link broadcast}. */
	gather<T>(value: T, options?: CallOptions): Promise<T[] | undefined> {
		return this.#exchange("gather", options, (o) => valuesAtRoot(value, o));
	}

	together<T, O extends CallOptions>(
		what: string,
		options: O | undefined,
		work: (options: O) => Promise<T>,
	): Promise<T> {
		return callTogether(this, this.#world, { what, options, work });
	}

	call<T, O extends CallOptions>(options: O | undefined, work: (options: O) => Promise<T>): Promise<T> {
		return this.#calls.run(options, work);
	}

	change<T, O extends CallOptions>(options: O | undefined, work: (options: O) => Promise<T>): Promise<T> {
		return this.call(options, async (o) => {
			if (this.supports.write) return work(o);
			throw new StoreError("READ_ONLY", `${this.backend.location} cannot be written to, or was opened with mode "r"`);
		});
	}

	/** Creates a dataset, with the groups above it. Its name is a path such as `scans/monday`. */
	createDataset<V extends ArrayLike | Dataset<DType>>(
		name: string,
		options: CreateFromData<V>,
	): Promise<Dataset<DTypeOfData<V>>>;
	createDataset<D extends DType = NumericName>(name: string, options?: CreateOptions<D>): Promise<Dataset<D>>;
	async createDataset<D extends DType = NumericName>(
		name: string,
		options: CreateOptions<D> = {},
	): Promise<Dataset<D>> {
		checkName(name);
		checkCreateOptions(options);
		const source = options.data instanceof Dataset ? options.data : undefined;
		const metadata = describeFilled(options, source);
		if (source?.name === name && source.connection.backend.location === this.backend.location)
			throw new StoreError(
				"INVALID_ARGUMENT",
				`${JSON.stringify(name)} cannot be made from itself: choose another name`,
			);
		return this.#change(`createDataset ${JSON.stringify(name)}`, options, async ({ signal, onProgress }) => {
			const node = await byRoot(
				signal,
				() => createOrOpen(this.backend, name, { metadata, ifExists: options.ifExists ?? "error" }),
				() => readArray(this.backend, name, signal),
			);
			const dataset = new Dataset<D>(this, name, node);
			if (options.data === undefined) return dataset;
			try {
				await dataset.load(options.data as never, { signal, onProgress });
			} catch (error) {
				if (options.ifExists !== "open") await clearUp(signal, () => removeNode(this.backend, name)).catch(() => {});
				throw error;
			}
			return dataset;
		});
	}

	/**
	 * Opens a dataset. With `dtype` its type is checked, and known to the compiler.
	 * @throws StoreError NOT_FOUND, or INVALID_ARGUMENT where the type is another
	 */
	async getDataset<D extends DType = NumericName>(
		name: string,
		options: CallOptions & { readonly dtype?: DTypeLike<D> | undefined } = {},
	): Promise<Dataset<D>> {
		checkName(name);
		const node = await this.call(options, ({ signal }) => readArray(this.backend, name, signal));
		const dataset = new Dataset<D>(this, name, node);
		if (options.dtype === undefined) return dataset;
		const wanted = dataTypeFromUser<D>(options.dtype).name;
		if (dataset.is(wanted)) return dataset;
		throw new StoreError(
			"INVALID_ARGUMENT",
			`${JSON.stringify(name)} is ${(dataset as Dataset).dtype}, not ${wanted}`,
			{ dataset: name },
		);
	}

	async hasDataset(name: string, options?: CallOptions): Promise<boolean> {
		checkName(name);
		return this.call(
			options,
			async ({ signal }) => (await readNode(this.backend, name, signal))?.node.nodeType === "array",
		);
	}

	/** @throws StoreError NOT_FOUND where there is no dataset of that name */
	async deleteDataset(name: string, options?: CallOptions): Promise<void> {
		checkName(name);
		const work = async ({ signal }: CallOptions): Promise<void> => {
			await readArray(this.backend, name, signal).catch(unlessDamaged);
			await removeNode(this.backend, name, signal);
		};
		await rootChange(this, { what: `deleteDataset ${JSON.stringify(name)}`, options, work });
	}

	/** Names of the datasets in a group, by default the root; with `recursive` of those in groups below as well. In no particular order. */
	async *datasets(
		options: MemberOptions & { readonly prefix?: string | undefined } = {},
	): AsyncGenerator<string, void, undefined> {
		const path = (options.prefix ?? "").replace(/\/+$/, "");
		checkName(path);
		const own = await this.call({ signal: options.signal }, ({ signal }) => readNode(this.backend, path, signal));
		if (own?.node.nodeType === "array") yield path;
		else
			for await (const { name, kind } of new Group(this, path, { attributes: {} }).members(options))
				if (kind === "dataset") yield name;
	}

	/** A group; `""` is the root. @throws StoreError NOT_FOUND */
	async group(path: string, options?: CallOptions): Promise<Group> {
		checkName(path);
		return new Group(this, path, await this.call(options, ({ signal }) => readGroup(this.backend, path, signal)));
	}

	/** Creates a group, with those above it, in format 3 unless told otherwise. @throws StoreError ALREADY_EXISTS */
	async createGroup(path: string, options: CreateGroupOptions = {}): Promise<Group> {
		checkName(path);
		const description = describeGroup(options);
		const create = async ({ signal }: CallOptions): Promise<GroupMetadata> =>
			byRoot(
				signal,
				() => createGroup(this.backend, path, description),
				() => readGroup(this.backend, path, signal),
			);
		return new Group(this, path, await this.#change(`createGroup ${JSON.stringify(path)}`, options, create));
	}

	async hasGroup(path: string, options?: CallOptions): Promise<boolean> {
		checkName(path);
		return this.call(
			options,
			async ({ signal }) => (await readNode(this.backend, path, signal))?.node.nodeType === "group",
		);
	}

	/** Removes a group and everything below it. @throws StoreError NOT_FOUND */
	async deleteGroup(path: string, options?: CallOptions): Promise<void> {
		checkName(path);
		const work = async ({ signal }: CallOptions): Promise<void> => {
			await readGroup(this.backend, path, signal);
			await removeNode(this.backend, path, signal);
		};
		await rootChange(this, { what: `deleteGroup ${JSON.stringify(path)}`, options, work });
	}

	/**
	 * Verifies every dataset of a group, by default of the whole store, and what holds them together: groups, consolidated metadata, objects
	 * that belong to nothing. Repairs what `options` ask for. A failure to read rejects.
	 */
	async verify(path = "", options: VerifyOptions = {}): Promise<StoreVerification> {
		checkName(path);
		return verifyWhole(this, path, options);
	}

	/** Writes the consolidated metadata of a group, by default the root: see {@link Group.consolidateMetadata}. @throws StoreError NOT_FOUND */
	async consolidateMetadata(path = "", options?: CallOptions): Promise<void> {
		await (await this.group(path, options)).consolidateMetadata(options);
	}

	#exchange<T>(what: string, options: CallOptions | undefined, work: (options: CallOptions) => Promise<T>): Promise<T> {
		return callTogether(this, this.#world, { what, options, work, beginsAtOnce: true });
	}

	/** A change that all ranks make together. */
	#change<T, O extends CallOptions>(
		what: string,
		options: O | undefined,
		work: (options: O) => Promise<T>,
	): Promise<T> {
		return this.together(what, options, (o) => this.change(o, work));
	}

	/** Refuses new calls, waits for the running ones (or cancels them), and closes the store. Idempotent. */
	close(options: { readonly abort?: boolean } = {}): Promise<void> {
		this.#closing ??= this.#close();
		if (options.abort) this.#calls.abort();
		return this.#closing;
	}

	async #close(): Promise<void> {
		await this.#calls.close();
		for (const engine of this.#engines) await engine.close();
		await this.backend.close();
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	toString(): string {
		return `Connection to ${this.backend.location} (${this.#runtime.engine.name})`;
	}
}

printsAsString(Connection.prototype);

/** What cannot be read, or is not supported here, can be deleted all the same. */
function unlessDamaged(error: unknown): void {
	if (!isStoreError(error, "CORRUPT") && !isStoreError(error, "UNSUPPORTED")) throw error;
}
