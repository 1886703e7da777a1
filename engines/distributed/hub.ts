/** The caller's end of a queue: its connections to Redis, and the calls that wait for workers. */
import { randomUUID } from "node:crypto";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { StoreError } from "../../src/errors.js";
import type { Logger } from "../../src/log.js";
import { type Keys, keysOf, PREFIX, queueNameOf } from "./keys.js";
import type { Settings } from "./options.js";
import { loadBull } from "./packages.js";
import { failureOf, openRedis } from "./redis.js";
import { type KnownWorker, listWorkers } from "./registry.js";
import { sweepQueue } from "./sweep.js";
import { VERSION } from "./version.js";
import { type BatchData, type News, unpack } from "./wire.js";

/** A call as its hub knows it. */
export interface WaitingCall {
	readonly id: string;
	hear(news: News): void;
	/** Once a second, and when Redis has come back. */
	tick(workers: readonly KnownWorker[]): Promise<void>;
	fail(error: StoreError): void;
}

/** Between two signs of life (ms). */
const TICK = 1000;
/** Connections that no call has used for so long are closed (ms), so that they do not keep a process alive that forgot to. */
const IDLE = 3000;
/** How long a look into the inbox waits (ms), and how many news it brings at most. */
const LOOK = 2000;
const NEWS_AT_ONCE = 64;

type Batches = Queue<BatchData, void, string>;

export class Hub {
	readonly settings: Settings;
	readonly log: Logger;
	readonly redis: Redis;
	readonly keys: Keys;
	readonly batches: Batches;
	/** Names its inbox. */
	readonly id: string = randomUUID();
	workers: readonly KnownWorker[] = [];
	readonly #reader: Redis;
	readonly #calls = new Map<string, WaitingCall>();
	#lastNews = "0-0";
	#ticks: NodeJS.Timeout | undefined;
	#idle: NodeJS.Timeout | undefined;
	#outage: NodeJS.Timeout | undefined;
	#isTicking = false;
	#isReading = false;
	#closed = false;

	private constructor(settings: Settings, log: Logger, opened: { redis: Redis; batches: Batches }) {
		this.settings = settings;
		this.log = log;
		this.redis = opened.redis;
		this.batches = opened.batches;
		this.keys = keysOf(settings.queue);
		this.#reader = opened.redis.duplicate({ lazyConnect: true, retryStrategy: () => 200 });
		this.#reader.on("error", () => {});
		this.batches.on("error", () => {});
		this.redis.on("close", () => this.#lost());
		this.redis.on("ready", () => this.#found());
	}

	/** @throws StoreError UNAVAILABLE, FORBIDDEN or UNSUPPORTED */
	static async open(settings: Settings, log: Logger): Promise<Hub> {
		const { Queue } = await loadBull();
		const redis = await openRedis(settings, log);
		const batches = new Queue<BatchData, void, string>(queueNameOf(settings.queue, VERSION), {
			connection: redis,
			prefix: PREFIX,
			streams: { events: { maxLen: 100 } },
		}) as unknown as Batches;
		const hub = new Hub(settings, log, { redis, batches });
		await sweepQueue({ redis, keys: hub.keys }, batches);
		hub.#whenIdle();
		return hub;
	}

	get isClosed(): boolean {
		return this.#closed;
	}

	/** How many calls wait. */
	get size(): number {
		return this.#calls.size;
	}

	/** Slots of the workers that can take batches of this caller. */
	get slots(): number {
		return this.workers.reduce((n, { version, concurrency }) => (version === VERSION ? n + concurrency : n), 0);
	}

	/** Looks which workers there are, as it does each second while calls wait. */
	async look(): Promise<void> {
		this.workers = await listWorkers(this);
	}

	add(call: WaitingCall): void {
		clearTimeout(this.#idle);
		this.#calls.set(call.id, call);
		this.#ticks ??= setInterval(() => void this.#tick(), TICK);
		if (!this.#isReading) void this.#read();
	}

	remove({ id }: WaitingCall): void {
		this.#calls.delete(id);
		this.#whenIdle();
	}

	/** Closes the connections, unless calls wait. */
	async close(): Promise<void> {
		if (this.#calls.size === 0) await this.#close();
	}

	#whenIdle(): void {
		if (this.#calls.size > 0 || this.#closed) return;
		clearInterval(this.#ticks);
		this.#ticks = undefined;
		clearTimeout(this.#idle);
		this.#idle = setTimeout(() => void this.#close(), IDLE);
		this.#idle.unref();
	}

	async #close(): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		clearInterval(this.#ticks);
		clearTimeout(this.#idle);
		clearTimeout(this.#outage);
		this.#reader.disconnect();
		if (this.redis.status === "ready") await this.redis.del(this.keys.inbox(this.id)).catch(() => {});
		await this.batches.close().catch(() => {});
		this.redis.disconnect();
	}

	/** Whether a call may go on waiting is decided by how long Redis is away. */
	#lost(): void {
		if (this.#closed || this.#outage !== undefined) return;
		const { patience, shown } = this.settings;
		this.log.warn(`the connection to the Redis at ${shown} is lost: waiting for it for up to ${patience} ms`);
		this.#outage = setTimeout(() => {
			const error = failureOf(new Error(`it has been away for ${patience} ms`), this.settings);
			for (const call of this.#calls.values()) call.fail(error);
			this.#calls.clear();
			void this.#close();
		}, patience);
	}

	#found(): void {
		if (this.#outage === undefined) return;
		clearTimeout(this.#outage);
		this.#outage = undefined;
		this.log.info(`the Redis at ${this.settings.shown} is back`);
		void this.#tick();
	}

	async #tick(): Promise<void> {
		if (this.#isTicking || this.#outage !== undefined) return;
		this.#isTicking = true;
		try {
			await this.look();
			for (const call of this.#calls.values()) await call.tick(this.workers);
		} catch (error) {
			if (this.redis.status === "ready")
				for (const call of this.#calls.values()) call.fail(failureOf(error, this.settings));
		} finally {
			this.#isTicking = false;
		}
	}

	/** Reads news for as long as calls wait. They stay in Redis until they are here, so that none is lost on the way. */
	async #read(): Promise<void> {
		this.#isReading = true;
		const inbox = this.keys.inbox(this.id);
		try {
			while (this.#calls.size > 0 && !this.#closed) {
				const found = await this.#look(inbox).catch(() => undefined);
				if (found === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
				for (const [id, news] of found ?? []) {
					this.#lastNews = id;
					this.#calls.get(news.call)?.hear(news);
				}
				if (found !== undefined && found.length > 0)
					void this.redis.xtrim(inbox, "MINID", `${this.#lastNews.split("-")[0]}`).catch(() => {});
			}
		} finally {
			this.#isReading = false;
		}
	}

	async #look(inbox: string): Promise<(readonly [id: string, news: News])[]> {
		const asked = ["COUNT", NEWS_AT_ONCE, "BLOCK", LOOK, "STREAMS", inbox, this.#lastNews] as const;
		const streams = (await this.#reader.xreadBuffer(...asked)) as unknown as [Buffer, [Buffer, Buffer[]][]][] | null;
		const entries = streams?.[0]?.[1] ?? [];
		return entries.map(([id, fields]) => [id.toString(), unpack(fields[1] as Buffer)]);
	}
}
