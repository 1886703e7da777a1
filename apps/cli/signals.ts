/** Exit status after each signal that ends a command. */
export const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Aborted by the first signal, which lets the command tidy up, with its name as the reason; a second one ends the process at once. */
export function listenForSignals(): AbortSignal {
	const interrupt = new AbortController();
	for (const [signal, status] of Object.entries(SIGNALS))
		process.on(signal, () => {
			if (interrupt.signal.aborted) process.exit(status);
			interrupt.abort(signal);
		});
	return interrupt.signal;
}
