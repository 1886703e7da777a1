import { aborted } from "../errors.js";

/** The longest time that a timer takes (ms). */
export const LONGEST: number = 2 ** 31 - 1;

/**
 * Waits.
 * @param milliseconds `Infinity`: until the wait is cancelled
 * @param wakers where to find a function that ends it early
 * @throws StoreError ABORTED at once where the signal is
 */
export function pause(
	milliseconds: number,
	signal: AbortSignal | undefined,
	wakers?: Set<() => void> | undefined,
): Promise<void> {
	return new Promise((resolve, reject) => {
		if (signal?.aborted) {
			reject(aborted(signal));
			return;
		}
		const end = (): void => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", cancel);
			wakers?.delete(wake);
		};
		const wake = (): void => {
			end();
			resolve();
		};
		const cancel = (): void => {
			end();
			reject(aborted(signal as AbortSignal));
		};
		// The process stays for what never comes, as it does for a connection that is open.
		const timer = Number.isFinite(milliseconds)
			? setTimeout(wake, Math.min(milliseconds, LONGEST))
			: setInterval(() => {}, LONGEST);
		signal?.addEventListener("abort", cancel, { once: true });
		wakers?.add(wake);
	});
}
