import { BroadcastChannel } from "node:worker_threads";

/** What the owner tells all workers. */
export interface News {
	readonly job: number;
	/** `cancelled`: stop what runs of it. `finished`: forget it, and the memory of its result. */
	readonly event: "cancelled" | "finished";
}

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
