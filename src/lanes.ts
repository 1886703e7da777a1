/**
 * One lane per key and process: whoever wants to change a part of an object waits in the lane of that object, and all who wait are
 * served by one round of read, modify, write (group commit). Thirty-two writers of one chunk then cost a few round trips each way, not the
 * square of their number.
 */

interface Place<Entry> {
	readonly entry: Entry;
	readonly resolve: () => void;
	readonly reject: (error: unknown) => void;
}

const lanes = new Map<string, Place<unknown>[]>();

/**
 * Waits in `lane` until `serve` was called with a batch that holds `entry`, and settles as that call did. Batches of a lane never
 * overlap. All callers of a lane must pass equivalent functions.
 */
export function enqueue<Entry>(lane: string, entry: Entry, serve: (batch: Entry[]) => Promise<void>): Promise<void> {
	return new Promise((resolve, reject) => {
		const place: Place<Entry> = { entry, resolve, reject };
		const waiting = lanes.get(lane) as Place<Entry>[] | undefined;
		if (waiting !== undefined) {
			waiting.push(place);
			return;
		}
		const queue = [place];
		lanes.set(lane, queue as Place<unknown>[]);
		void drain(lane, queue, serve);
	});
}

async function drain<Entry>(
	lane: string,
	queue: Place<Entry>[],
	serve: (batch: Entry[]) => Promise<void>,
): Promise<void> {
	while (queue.length > 0) {
		const batch = queue.splice(0);
		try {
			await serve(batch.map((place) => place.entry));
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
