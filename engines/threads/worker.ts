/** What runs in a worker thread. */
import { MessageChannel, type MessagePort, parentPort } from "node:worker_threads";
import { move, transferableSymbol, valueSymbol } from "piscina";
import type { Answer, BatchResult } from "../shared/messages.js";
import { OpenJobs } from "../shared/open-jobs.js";
import { OwnerLine } from "../shared/served-backend.js";
import { count } from "./memory.js";
import { type Reply, type SharedJob, sharedMemoryOf, type ThreadBatch } from "./messages.js";
import { listen } from "./news.js";

const owner = new OwnerLine((request) => line().postMessage(request));
const jobs = new OpenJobs<SharedJob>(owner, ({ stop }) => Atomics.load(stop, 0) === 1);

listen(({ job, event }) => {
	if (event === "finished") jobs.forget(job);
	else jobs.cancel(job);
});

let port: MessagePort | undefined;

/** Made by the first request. */
function line(): MessagePort {
	if (port !== undefined) return port;
	const { port1, port2 } = new MessageChannel();
	port1.on("message", (answer: Answer) => owner.receive(answer));
	port1.unref();
	parentPort?.postMessage({ tesseraePort: port2 }, [port2]);
	port = port1;
	return port1;
}

export async function runBatch(batch: ThreadBatch): Promise<Reply> {
	countMemory(batch);
	if (!jobs.has(batch.job)) {
		if (batch.shared === undefined) return undefined;
		jobs.open(batch.job, batch.shared);
	}
	return transferred(await jobs.run(batch));
}

/** Lets garbage collection here know of the shared memory that came along, else that of past jobs would pile up. */
function countMemory({ memory, ...batch }: ThreadBatch): void {
	let next = 0;
	for (const shared of sharedMemoryOf(batch)) count(memory[next++] as number, shared);
}

/** Memory that only the results hold changes owner rather than being copied. */
function transferred(batch: BatchResult): BatchResult {
	const buffers = batch.results.flatMap((result) => ("value" in result ? ownedBuffers(result.value) : []));
	return move({ [valueSymbol]: batch, [transferableSymbol]: buffers } as never) as unknown as BatchResult;
}

function ownedBuffers(value: unknown): ArrayBuffer[] {
	const bytes = ArrayBuffer.isView(value) ? value : (value as { readonly bytes?: unknown } | undefined)?.bytes;
	if (!ArrayBuffer.isView(bytes) || !(bytes.buffer instanceof ArrayBuffer)) return [];
	return bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer] : [];
}
