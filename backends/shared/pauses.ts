import { setImmediate, setTimeout } from "node:timers/promises";

/** Milliseconds after which a run of synchronous calls lets timers, signals and other work have their turn. */
const BREATH = 10;

/** Call the result between the steps of a long loop: every 10 ms it waits for one turn of the event loop. */
export function breather(): () => Promise<void> {
	let since = performance.now();
	return async () => {
		if (performance.now() - since < BREATH) return;
		await setImmediate();
		since = performance.now();
	};
}

/** Waits before attempt `n` + 1: hardly at all at first, then some milliseconds, never the same for two rivals. */
export async function backOff(n: number): Promise<void> {
	if (n < 8) await setImmediate();
	else await setTimeout(1 + Math.random() * Math.min(n - 7, 20));
}
