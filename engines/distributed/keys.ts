/** What is kept in Redis under which name, beside what BullMQ keeps. All of it but the queue's own few keys expires. */

/** Prefix of BullMQ's keys. */
export const PREFIX = "tesserae";

/** The queue of one version of the package: batches of another are never seen. */
export function queueNameOf(queue: string, version: string): string {
	return `${queue}@${version}`;
}

/** BullMQ takes no colon here, and nothing that reads as a number. */
export function batchId(call: string, batch: number): string {
	return `${call}-${batch}`;
}

export interface Keys {
	/** Set of the ids of calls. */
	readonly calls: string;
	/** Set of the ids of workers. */
	readonly workers: string;
	/** Channel on which it is told that calls are over. */
	readonly channel: string;
	/** Hash: what a call is and how far it has come. */
	call(id: string): string;
	/** What all batches of a call share. */
	reference(id: string): string;
	/** Hash: which batches of a call have begun, how often, and at which worker. */
	batches(id: string): string;
	/** Stream of what workers tell a caller. */
	inbox(caller: string): string;
	worker(id: string): string;
}

export function keysOf(queue: string): Keys {
	const base = `tesserae-calls:${queue}`;
	return {
		calls: `${base}:calls`,
		workers: `${base}:workers`,
		channel: `${base}:news`,
		call: (id) => `${base}:call:${id}`,
		reference: (id) => `${base}:call:${id}:reference`,
		batches: (id) => `${base}:call:${id}:batches`,
		inbox: (caller) => `${base}:inbox:${caller}`,
		worker: (id) => `${base}:worker:${id}`,
	};
}
