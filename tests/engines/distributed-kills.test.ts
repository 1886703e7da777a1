/** Exactly once, whoever is killed: workers, the caller, Redis. */
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { connect } from "tesserae";
import { afterEach, expect, test } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { endStarted, type OwnRedis, ownRedis, type StartedWorker, startWorker } from "../services/redis.js";
import { describeWith, redis } from "../services/services.js";

const KERNELS = new URL("./processes/distributed-kernels.mjs", import.meta.url);
const CALLER = fileURLToPath(new URL("./processes/distributed-apply.mjs", import.meta.url));
const kernels = fileURLToPath(new URL("./processes", import.meta.url));

const CHUNKS = 512;
const KILLS = 20;

let place: Scratch | undefined;
const callers: ChildProcess[] = [];

afterEach(async () => {
	for (const caller of callers.splice(0)) caller.kill("SIGKILL");
	await endStarted();
	await place?.remove();
});

describeWith(redis, "distributed, under kills", () => {
	test.each(["file", "sqlite"])(
		`apply of x + 1 to ${CHUNKS} chunks of %s, and ${KILLS} kills at random moments`,
		async (backend) => {
			place = await scratch();
			const target = `${backend}:${place.path}/store`;
			const data = Float32Array.from({ length: 8 * CHUNKS }, (_, i) => i);
			await using con = await connect(target, { durability: "none" });
			const ds = await con.createDataset("a", { data: { data, shape: [data.length] }, chunkShape: [8] });

			const own = await ownRedis();
			const queue = randomUUID();
			const cast = new Cast(own, queue, target);
			await cast.begin();
			const victims = fc.sample(fc.constantFrom("worker", "worker", "worker", "caller", "redis"), KILLS);
			const pauses = fc.sample(fc.integer({ min: 50, max: 900 }), KILLS);
			let kills = 0;
			while (!cast.isDone && kills < KILLS) {
				await Promise.race([new Promise((resolve) => setTimeout(resolve, pauses[kills])), cast.done]);
				if (!cast.isDone) await cast.kill(victims[kills++] as Victim);
			}
			await cast.done;
			const wrong = [...(await ds.get()).data].flatMap((value, i) => (value === i + 1 ? [] : [[i, value]]));
			expect(wrong).toEqual([]);
			expect(kills).toBeGreaterThan(3);
		},
		300_000,
	);
});

type Victim = "worker" | "caller" | "redis";

/** Two workers, a caller and a Redis, each of which comes back when it was killed. */
class Cast {
	isDone = false;
	readonly done: Promise<void>;
	readonly #own: OwnRedis;
	readonly #queue: string;
	readonly #target: string;
	readonly #workers: StartedWorker[] = [];
	#caller: ChildProcess | undefined;
	#finish: () => void = () => {};

	constructor(own: OwnRedis, queue: string, target: string) {
		this.#own = own;
		this.#queue = queue;
		this.#target = target;
		this.done = new Promise((resolve) => {
			this.#finish = resolve;
		});
	}

	async begin(): Promise<void> {
		this.#workers.push(await this.#startWorker(), await this.#startWorker());
		this.#call();
	}

	async kill(victim: Victim): Promise<void> {
		if (victim === "redis") return this.#own.restart();
		if (victim === "caller") {
			this.#caller?.kill("SIGKILL");
			return;
		}
		const [first] = this.#workers.splice(0, 1);
		await first?.end("SIGKILL");
		this.#workers.push(await this.#startWorker());
	}

	#startWorker(): Promise<StartedWorker> {
		const args = ["--kernels", kernels, "--lock-duration", "1s"];
		return startWorker({ redis: this.#own.url, queue: this.#queue, args });
	}

	/** Once more, until it ends well. */
	#call(): void {
		const caller = fork(CALLER, [this.#target, this.#own.url, this.#queue, KERNELS.href]);
		callers.push(caller);
		this.#caller = caller;
		void once(caller, "exit").then(([code, signal]) => {
			if (code === 0) {
				this.isDone = true;
				this.#finish();
			} else if (code !== null || signal === "SIGKILL") this.#call();
		});
	}
}
