/** Times in ns since 1970, as files keep them. An object's time is part of its etag, so no two versions of it may share one. */

/** File systems and the doubles that Node passes them keep at least 1 µs apart what is 2 µs apart. */
const STEP = 2_000n;

let last = 0n;

/** Now, later than every stamp this thread has given and than `floor`. */
export function freshStamp(floor: bigint): bigint {
	// The clock's milliseconds; the digits below come from a counter that runs evenly.
	const micros = Math.floor((performance.now() % 1) * 1000);
	const now = (BigInt(Date.now()) * 1000n + BigInt(micros)) * 1000n;
	last = now > last ? now : last + STEP;
	return last > floor ? last : floor + STEP;
}

export function secondsOf(ns: bigint): number {
	return Number(ns) / 1e9;
}
