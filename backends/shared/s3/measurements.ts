import { aborted } from "../../../src/errors.js";
import type { Client } from "./client.js";
import { type Measured, measure } from "./probe.js";

interface Measurement {
	running: Promise<Measured> | undefined;
	known: Measured | undefined;
}

/** What is known of each bucket of each service, for as long as the process lives. */
const measurements = new Map<string, Measurement>();

/** What was measured of one bucket, by whoever did. */
export class Measurements {
	readonly #client: Client;
	readonly #entry: Measurement;

	constructor(client: Client) {
		const { endpoint = "", bucket } = client.settings;
		const place = `${endpoint} ${bucket}`;
		const entry = measurements.get(place) ?? { running: undefined, known: undefined };
		measurements.set(place, entry);
		this.#client = client;
		this.#entry = entry;
	}

	get known(): Measured | undefined {
		return this.#entry.known;
	}

	/** What was measured does not hold any more: on Ceph, a bucket that keeps versions minds no conditions. */
	forget(): void {
		this.#entry.known = undefined;
		this.#entry.running = undefined;
	}

	/** Measures unless that is known already; all who ask meanwhile wait for the one measurement, each until its own signal says otherwise. */
	async take(signal: AbortSignal | undefined): Promise<Measured> {
		const entry = this.#entry;
		if (entry.known !== undefined) return entry.known;
		entry.running ??= this.#measure();
		return unlessAborted(entry.running, signal);
	}

	#measure(): Promise<Measured> {
		const entry = this.#entry;
		const running = measure(this.#client)
			.then((measured) => {
				if (entry.running === running) entry.known = measured;
				return measured;
			})
			.finally(() => {
				if (entry.running === running) entry.running = undefined;
			});
		return running;
	}
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (signal === undefined) return work;
	let onAbort = (): void => {};
	const abort = new Promise<never>((_, reject) => {
		onAbort = () => reject(aborted(signal));
		signal.addEventListener("abort", onAbort, { once: true });
	});
	try {
		return await Promise.race([work, abort]);
	} finally {
		signal.removeEventListener("abort", onAbort);
	}
}
