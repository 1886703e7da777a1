/** What callers are told where nobody does their work. */
import { StoreError } from "../../src/errors.js";
import type { Logger } from "../../src/log.js";
import type { Settings } from "./options.js";
import type { KnownWorker } from "./registry.js";
import { VERSION } from "./version.js";

/** Workers may be on their way for so long (ms). */
const GRACE = 3000;

interface Told {
	readonly settings: Settings;
	readonly log: Logger;
}

export class NoWorkers {
	readonly #told: Told;
	#since: number | undefined;
	#wasTold = false;

	constructor(told: Told) {
		this.#told = told;
	}

	/** @returns the error of a call that no worker will ever do, since all are of other versions */
	look(workers: readonly KnownWorker[]): StoreError | undefined {
		if (workers.some(({ version }) => version === VERSION)) {
			this.#since = undefined;
			this.#wasTold = false;
			return undefined;
		}
		this.#since ??= performance.now();
		if (performance.now() - this.#since < GRACE) return undefined;
		if (workers.length > 0) return this.#otherVersions(workers);
		if (!this.#wasTold) this.#told.log.warn(`${this.#nobody()}; waiting`);
		this.#wasTold = true;
		return undefined;
	}

	/** Throws where a call took too long because nobody was there. @throws StoreError TIMEOUT */
	refuseTimeout(cause: DOMException): void {
		if (this.#since === undefined) return;
		throw new StoreError("TIMEOUT", `the call took longer than its timeout: ${this.#nobody()}`, { cause });
	}

	#nobody(): string {
		const { queue, shown } = this.#told.settings;
		return `no worker answers on the queue ${queue} of ${shown}: start some by tesserae worker --redis ${shown} --queue ${queue}`;
	}

	#otherVersions(workers: readonly KnownWorker[]): StoreError {
		const others = workers.map(({ version, host }) => `${version} on ${host}`);
		return new StoreError(
			"UNSUPPORTED",
			`the workers of the queue ${this.#told.settings.queue} are of other versions of tesserae (${[...new Set(others)].join(", ")}), and this is ${VERSION}: bring all to the same`,
		);
	}
}
