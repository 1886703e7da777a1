/** Turns of the event loop: work that never waits must let I/O, timers and signals have theirs. */

/** Between two macrotasks: signals, timers and Ctrl-C are seen at least this often (ms). */
const MACROTASK_EVERY = 10;

/** When a loop of this thread last gave way. Shared by all: a series of short calls must give way as one long call does. */
let turnBegan = 0;

export function isTimeToGiveWay(): boolean {
	return performance.now() - turnBegan > MACROTASK_EVERY;
}

/** Runs `f` after I/O, timers and signals had their turn. */
export function afterTurn(f: () => void): void {
	afterMacrotask(() => {
		turnBegan = performance.now();
		f();
	});
}

/** For loops that are no jobs, such as listings: gives way where it is time to. */
export async function giveWay(): Promise<void> {
	if (isTimeToGiveWay()) await nextTurn();
}

/** Until all that can go on now has done so, and I/O, timers and signals had their turn. */
export function nextTurn(): Promise<void> {
	return new Promise((resolve) => afterTurn(resolve));
}

/** Every task in flight may listen to the signal; Node takes more than ten listeners for a leak, and says so. */
export function expectListeners(signal: AbortSignal): void {
	globalThis.process?.getBuiltinModule?.("node:events")?.setMaxListeners(0, signal);
}

function afterMacrotask(f: () => void): void {
	if (typeof setImmediate === "function") {
		setImmediate(f);
		return;
	}
	const { port1, port2 } = new MessageChannel();
	port1.addEventListener("message", () => {
		port1.close();
		f();
	});
	port1.start();
	port2.postMessage(undefined);
}
