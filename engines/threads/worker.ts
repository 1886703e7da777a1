/** What runs in a worker thread. */
import { MessageChannel, type MessagePort, parentPort, threadId } from "node:worker_threads";
import type { Answer } from "../shared/messages.js";
import { OpenJobs } from "../shared/open-jobs.js";
import { OwnerLine } from "../shared/served-backend.js";
import { count } from "./memory.js";
import { type FromWorker, type Reply, type SharedJob, sharedMemoryOf, type ThreadBatch } from "./messages.js";
import { listen } from "./news.js";
import { Outbox } from "./outbox.js";

const owner = new OwnerLine((request) => line().postMessage(request));
const jobs = new OpenJobs<SharedJob>(owner, ({ stop }) => Atomics.load(stop, 0) === 1);

const outbox = new Outbox();

listen(({ job, event }) => {
	if (event === "finished") jobs.forget(job);
	else {
		jobs.cancel(job);
		tell({ tesserae: "heard", thread: threadId, job });
	}
});

tell({ tesserae: "ready", thread: threadId });

function tell(message: FromWorker): void {
	parentPort?.postMessage(message, "port" in message ? [message.port] : []);
}

let port: MessagePort | undefined;

/** Made by the first request. */
function line(): MessagePort {
	if (port !== undefined) return port;
	const { port1, port2 } = new MessageChannel();
	port1.on("message", (answer: Answer) => owner.receive(answer));
	port1.unref();
	tell({ tesserae: "port", port: port2 });
	port = port1;
	return port1;
}

export async function runBatch(batch: ThreadBatch): Promise<Reply> {
	countMemory(batch);
	if (!jobs.has(batch.job)) {
		if (batch.shared === undefined) return undefined;
		jobs.open(batch.job, batch.shared);
	}
	return outbox.pack(await jobs.run(batch));
}

/** Lets garbage collection here know of the shared memory that came along, else that of past jobs would pile up. */
function countMemory({ memory, ...batch }: ThreadBatch): void {
	let next = 0;
	for (const shared of sharedMemoryOf(batch)) count(memory[next++] as number, shared);
}
