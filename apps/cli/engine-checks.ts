/** What each engine can do on this machine, as it is set up. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { connect } from "../../src/connect.js";
import { isStoreError } from "../../src/errors.js";
import type { Logger } from "../../src/log.js";
import { rankPlaceIn } from "../../src/rank-environment.js";
import { attempt, type Check } from "./machine-checks.js";
import type { QueueFlags } from "./queue-options.js";
import { countText } from "./sizes.js";

interface Queue extends QueueFlags {
	readonly log: Logger;
}

/** @returns checks in the order in which they are shown */
export async function checkEngines(queue: Queue): Promise<Check[]> {
	return [
		await attempt("engine threads", "worker threads read and compute", () => roundTrip("threads")),
		await attempt("engine cluster", "worker processes start, read and compute", () => roundTrip("cluster")),
		await checkRanks(),
		await checkQueue(queue),
	];
}

async function roundTrip(engine: string): Promise<void> {
	await using memory = await connect("ram:", { engine, workers: 1, config: false });
	const dataset = await memory.createDataset("", { data: Float32Array.of(1, 2, 3, 4), chunkShape: [2] });
	if ((await dataset.sum()) !== 10) throw new Error("what was read is not what was written");
}

/** Those who start ranks on several hosts. */
const LAUNCHERS = ["mpiexec", "srun"];

function checkRanks(): Promise<Check> {
	return attempt("engine ranks", "", async () => {
		const place = rankPlaceIn(process.env);
		if (place !== undefined) return `this is rank ${place.rank} of ${place.size}`;
		const found = LAUNCHERS.filter(isCommand);
		const elsewhere = found.length === 0 ? `neither ${LAUNCHERS.join(" nor ")} is there` : `${found.join(", ")} too`;
		return `this is no rank: tesserae ranks starts some here, ${elsewhere}`;
	});
}

function isCommand(name: string): boolean {
	return (process.env.PATH ?? "").split(delimiter).some((directory) => {
		try {
			accessSync(join(directory, name), constants.X_OK);
			return directory !== "";
		} catch {
			return false;
		}
	});
}

/** Only a queue that somebody names is asked for. */
async function checkQueue(queue: Queue): Promise<Check> {
	const name = "engine distributed";
	const missing = ["bullmq", "ioredis"].filter((each) => !isInstalled(each));
	if (missing.length > 0)
		return {
			name,
			state: "missing",
			text: `not installed: ${missing.join(", ")}`,
			advice: "npm install bullmq ioredis",
		};
	if (queue.redis === undefined && !process.env.TESSERAE_REDIS?.trim())
		return {
			name,
			state: "missing",
			text: "no queue is named",
			advice: "--redis URL, or TESSERAE_REDIS, names its Redis",
		};
	try {
		return { name, ...(await lookAt(queue)) };
	} catch (error) {
		if (!isStoreError(error)) throw error;
		return { name, state: "broken", text: error.message };
	}
}

function isInstalled(name: string): boolean {
	try {
		import.meta.resolve(name);
		return true;
	} catch {
		return false;
	}
}

async function lookAt(options: Queue): Promise<Omit<Check, "name">> {
	const { openQueue } = await import("tesserae/engines/distributed");
	const view = await openQueue(options);
	try {
		const workers = await view.workers();
		const places = workers.reduce((sum, { concurrency }) => sum + concurrency, 0);
		const text = `Redis answers, ${countText(workers.length, "worker")}`;
		if (workers.length > 0) return { state: "ok", text: `${text}, ${places} at once` };
		return { state: "doubtful", text, advice: "start some by tesserae worker" };
	} finally {
		view.close();
	}
}
