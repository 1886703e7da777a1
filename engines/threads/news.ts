import { BroadcastChannel } from "node:worker_threads";

/** What the owner tells all workers. */
export type News =
	/** `cancelled`: stop what runs of the job. `finished`: forget it, and the memory of its result. */
	| { readonly job: number; readonly event: "cancelled" | "finished" }
	/** A piece of shared memory that nobody can reach any more but through old messages. */
	| { readonly memory: number; readonly event: "released" };

const NAME = "tesserae-threads";

let channel: BroadcastChannel | undefined;

export function announce(news: News): void {
	if (channel === undefined) {
		channel = new BroadcastChannel(NAME);
		channel.unref();
	}
	channel.postMessage(news);
}

/** Calls `hear` with all news; never keeps the thread alive. */
export function listen(hear: (news: News) => void): void {
	const ear = new BroadcastChannel(NAME);
	ear.onmessage = (message) => hear((message as { readonly data: News }).data);
	ear.unref();
}
