import type { Command } from "commander";
import type { CallStatus, QueueView, WorkerStatus } from "tesserae/engines/distributed";
import { StoreError } from "../../../src/errors.js";
import type { Logger } from "../../../src/log.js";
import { examples, type Start } from "../command.js";
import { addQueueOptions, type QueueFlags } from "../queue-options.js";
import type { Shell } from "../shell.js";
import { countText } from "../sizes.js";
import { UsageError } from "../usage-error.js";

/** Between two looks at a call that is followed (ms). */
const LOOK_EVERY = 500;

export function define(command: Command, start: Start): void {
	addQueueOptions(command)
		.argument("[action]", "list, follow or cancel", "list")
		.argument("[call]", "the id of a call, or as much of its beginning as tells it from others")
		.addHelpText(
			"after",
			`
Lists the calls and workers of a queue; with the action "follow" waits until a
call is over, and with "cancel" ends one: its caller gets the error ABORTED.
${examples(
	"tesserae queue --redis redis://queue.example.org",
	"tesserae queue follow 2f6e",
	"tesserae queue cancel 2f6e",
)}`,
		)
		.action((action: string, call: string | undefined, options: QueueFlags) =>
			start((shell) => run(shell, { action, call }, options)),
		);
}

async function run(
	shell: Shell,
	{ action, call }: { readonly action: string; readonly call: string | undefined },
	options: QueueFlags,
): Promise<void> {
	const work = ACTIONS[action];
	if (work === undefined) throw new UsageError(`${action} is no action: list, follow or cancel`);
	if ((call === undefined) !== (action === "list"))
		throw new UsageError(action === "list" ? "list takes no call" : `${action} takes the id of a call`);
	const { openQueue } = await import("tesserae/engines/distributed");
	const queue = await openQueue({ ...options, log: shell.storeOptions().log as Logger });
	try {
		await work(shell, queue, call ?? "");
	} finally {
		queue.close();
	}
}

const ACTIONS: { readonly [action: string]: (shell: Shell, queue: QueueView, call: string) => Promise<void> } = {
	list,
	follow,
	cancel,
};

async function list(shell: Shell, queue: QueueView): Promise<void> {
	const [calls, workers] = [await queue.calls(), await queue.workers()];
	if (shell.json) return shell.printJson({ calls: calls.map(asJson), workers });
	await shell.printTable({
		headings: ["call", "state", "operation", "dataset", ">done", ">running", "workers on", ">age", "caller"],
		rows: calls.map(rowOf),
	});
	if (workers.length === 0) return shell.log("warn", "no worker answers");
	if (shell.out.columns !== undefined) await shell.print("");
	await shell.printTable({ headings: ["worker", "host", ">running", "version"], rows: workers.map(workerRow) });
}

function asJson({ since, ...call }: CallStatus): object {
	return { ...call, since: since.toISOString() };
}

function rowOf(call: CallStatus): string[] {
	const { id, state, operation, dataset, done, total, running, hosts, since, host, pid } = call;
	const age = `${Math.max(0, Math.round((Date.now() - since.getTime()) / 1000))} s`;
	const far = `${done} of ${total}`;
	return [
		id.slice(0, 8),
		state,
		operation,
		dataset,
		far,
		String(running),
		hosts.join(" ") || "–",
		age,
		`${host}:${pid}`,
	];
}

function workerRow({ id, host, pid, running, concurrency, version }: WorkerStatus): string[] {
	return [id.slice(0, 8), `${host}:${pid}`, `${running} of ${concurrency}`, version];
}

async function cancel(shell: Shell, queue: QueueView, call: string): Promise<void> {
	const { id } = await find(queue, call);
	await queue.cancel(id);
	if (shell.json) await shell.printJson({ id, state: "cancelled" });
	else await shell.print(`cancelled ${id}`);
}

/** @throws StoreError with what the call failed with */
async function follow(shell: Shell, queue: QueueView, call: string): Promise<void> {
	let status: CallStatus | undefined = await find(queue, call);
	const { id, operation, dataset } = status;
	const last = await shell.progress(`${operation} of ${dataset}`, async ({ signal, onProgress }) => {
		let known = status as CallStatus;
		while (status?.state === "open" && !signal?.aborted) {
			onProgress?.({ done: status.done, total: status.total, bytes: 0, retries: status.retries });
			await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
			status = await queue.call(id);
			known = status ?? known;
		}
		return known;
	});
	if (shell.json) await shell.printJson(asJson(last));
	else await shell.print(`${last.state}: ${last.done} of ${countText(last.total, "chunk")}`);
	if (shell.signal.aborted || last.state === "done") return;
	if (last.state === "open") throw new StoreError("UNAVAILABLE", `the caller of ${id} is gone`);
	throw new StoreError(last.state === "cancelled" ? "ABORTED" : "INTERNAL", last.error ?? `the call ${id} failed`);
}

async function find(queue: QueueView, beginning: string): Promise<CallStatus> {
	const found = (await queue.calls()).filter(({ id }) => id.startsWith(beginning));
	const [first, second] = found;
	if (first === undefined) throw new StoreError("NOT_FOUND", `there is no call ${beginning} in the queue`);
	if (second === undefined) return first;
	throw new UsageError(`${found.length} calls begin with ${beginning}: write more of the id`);
}
