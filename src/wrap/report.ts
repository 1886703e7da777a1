import { type Counts, type CountsByOperation, totalOf } from "./counts.js";
import type { CacheCounts } from "./prometheus.js";
import { checkWhole } from "./whole-numbers.js";

export interface ReportOptions {
	/** Calls from one line to the next; 0: no lines. */
	readonly every: number;
	/** Takes the lines, at level info. Default: `console`. */
	readonly log?: { info(line: string): unknown } | undefined;
}

/** What a report is about, as it grows. */
interface Source extends CacheCounts {
	readonly counters: CountsByOperation;
}

/** Says every so many calls what they were. */
export class Report {
	readonly #options: ReportOptions;
	readonly #location: string;
	readonly #source: Source;
	#told: Counts & CacheCounts;

	/** @throws StoreError INVALID_ARGUMENT */
	constructor(location: string, source: Source, options: ReportOptions) {
		checkWhole("report.every", options.every, 0);
		this.#options = options;
		this.#location = location;
		this.#source = source;
		this.#told = this.#now();
	}

	/** @param calls that ended so far */
	look(calls: number): void {
		const { every, log = console } = this.#options;
		if (every === 0 || calls % every > 0) return;
		log.info(this.#line());
	}

	/** Since the last line. */
	#line(): string {
		const [now, told] = [this.#now(), this.#told];
		this.#told = now;
		const hits = now.cacheHits - told.cacheHits;
		const misses = now.cacheMisses - told.cacheMisses;
		const bytes = now.bytesRead + now.bytesWritten - told.bytesRead - told.bytesWritten;
		return [
			`${this.#location}: total ${now.operations - told.operations}`,
			`hit ${hits}`,
			`miss ${misses}`,
			`error ${now.errors - told.errors}`,
			`time ${((now.time - told.time) / 1000).toFixed(3)} s`,
			`bytes ${bytes}`,
			`ratio ${hits + misses === 0 ? "–" : (hits / (hits + misses)).toFixed(3)}`,
		].join(", ");
	}

	#now(): Counts & CacheCounts {
		const { counters, cacheHits, cacheMisses } = this.#source;
		return { ...totalOf(counters), cacheHits, cacheMisses };
	}
}
