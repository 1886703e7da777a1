/** An apply on hosts of a queue while workers, the caller and Redis are killed: every chunk is changed once. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "tesserae";
import { afterEach, expect, test } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { killAll } from "../road/children.js";
import { endStarted, ownRedis, type StartedWorker, startWorker } from "../services/redis.js";
import { describeWith, redis } from "../services/services.js";
import { runKilled } from "./killed.js";

const CHUNKS = 512;
const CALLERS = 10;
const WORKERS = 10;
const LEDGER = "a/.tesserae/apply/ledger.json";

let place: Scratch | undefined;

afterEach(async () => {
	await killAll();
	await endStarted();
	await place?.remove();
	place = undefined;
});

describeWith(redis, "killed again and again on distributed", () => {
	test.each(["file", "sqlite"])(
		"apply on %s",
		async (backend) => {
			place = await scratch();
			const target = `${backend}:${join(place.path, "store")}`;
			await using con = await connect(target, { durability: "none" });
			const data = Int32Array.from({ length: 8 * CHUNKS }, (_, i) => i - 5);
			const ds = await con.createDataset("a", { data, chunkShape: [8] });
			const server = await ownRedis();
			const queue = `test-${randomUUID()}`;
			const args = ["--kernels", fileURLToPath(new URL("./processes", import.meta.url)), "--lock-duration", "2s"];
			const start = (): Promise<StartedWorker> => startWorker({ redis: server.url, queue, args });
			const workers = await Promise.all([start(), start()]);
			let [killed, asked, done, isOver] = [0, 0, 0, false];
			const killWorker = async (): Promise<void> => {
				if (isOver) return;
				await workers.shift()?.end("SIGKILL");
				if (killed++ === 1) await server.restart();
				workers.push(await start());
			};
			let killing = Promise.resolve();
			const onChunks = (count: number): void => {
				done += count;
				if (asked >= WORKERS || done < (asked * CHUNKS) / WORKERS) return;
				asked++;
				killing = killing.then(killWorker);
			};
			const isComplete = async (): Promise<boolean> =>
				(await con.backend.head(LEDGER)) === undefined && (await ds.at(0)) !== -5;
			const environment = { TESSERAE_REDIS: server.url, TESSERAE_QUEUE: queue };
			const connection = { engine: "distributed", durability: "none" };
			const work = { target, work: "long apply", connection, environment, isComplete } as const;
			await runKilled({ ...work, kills: CALLERS, chunks: CHUNKS, onChunks }).finally(async () => {
				isOver = true;
				await killing;
			});
			expect([...(await ds.get()).data]).toEqual([...data].map((value) => value + 1));
			expect(killed).toBeGreaterThan(2);
			const { findings } = await ds.verify();
			expect(findings.filter(({ kind }) => kind !== "orphaned")).toEqual([]);
		},
		300_000,
	);
});
