/**
 * One lane per key and process: whoever wants to change a part of an object waits in the lane of that object, and all who wait are
 * served by one round of read, modify, write (group commit). Thirty-two writers of one chunk then cost a few round trips each way, not the
 * square of their number.
 */

interface Place<Entry> {
	readonly entry: Entry;
	readonly serve: (batch: Entry[]) => Promise<void>;
	readonly gather: (() => Promise<void>) | undefined;
	readonly resolve: () => void;
	readonly reject: (error: unknown) => void;
}

const lanes = new Map<string, Place<unknown>[]>();

/**
 * Waits in `lane` until `serve` was called with a batch that holds `entry`, and settles as that call did. Batches of a lane never
 * overlap. All callers of a lane must pass equivalent functions; a batch is served by that of one of its own callers, since those of
 * earlier batches may have closed their store.
 *
 * @param gather waited for before a batch is closed, so that those who are about to come are in it; it never rejects
 */
export function enqueue<Entry>(
	lane: string,
	entry: Entry,
	serve: (batch: Entry[]) => Promise<void>,
	gather?: () => Promise<void>,
): Promise<void> {
	return new Promise((resolve, reject) => {
		const place: Place<Entry> = { entry, serve, gather, resolve, reject };
		const waiting = lanes.get(lane) as Place<Entry>[] | undefined;
		if (waiting !== undefined) {
			waiting.push(place);
			return;
		}
		const queue = [place];
		lanes.set(lane, queue as Place<unknown>[]);
		void drain(lane, queue);
	});
}

async function drain<Entry>(lane: string, queue: Place<Entry>[]): Promise<void> {
	for (let [first] = queue; first !== undefined; [first] = queue) {
		if (first.gather !== undefined) await first.gather();
		const batch = queue.splice(0);
		try {
			await first.serve(batch.map((place) => place.entry));
			for (const place of batch) place.resolve();
		} catch (error) {
			for (const place of batch) place.reject(error);
		}
	}
	lanes.delete(lane);
}

const turns = new Map<string, Promise<unknown>>();

/** Runs `work` after every earlier one of the same lane has ended, however it ended. */
export async function takeTurn<T>(lane: string, work: () => Promise<T>): Promise<T> {
	const before = turns.get(lane);
	const turn = before === undefined ? work() : before.then(work, work);
	turns.set(lane, turn);
	try {
		return await turn;
	} finally {
		if (turns.get(lane) === turn) turns.delete(lane);
	}
}
