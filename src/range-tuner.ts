/**
 * Which ranges of an object are asked for, by what earlier reads of its store have taken: as many bytes that nobody wants are read over
 * as travel in the time that one more request would take: latency × bandwidth, of a share of the latency where requests overlap.
 */
import type { ReadRanges } from "./codecs/codec.js";

/** What reads of a store take at best, as far as is known. */
export interface ReadTimes {
	/** Milliseconds before the first byte; infinite where no small read was seen. */
	readonly latency: number;
	/** Bytes per millisecond; 0 where no large read was seen. */
	readonly bandwidth: number;
}

/** Gaps before anything is measured: of stores on this machine, and of those behind a network. */
const LOCAL_GAP = 64 * 1024;
const REMOTE_GAP = 256 * 1024;
const SMALLEST_GAP = 4 * 1024;
const LARGEST_GAP = 8 * 2 ** 20;
/** Ranges of one `get` that are on their way at once where a network is between: so many more requests take the time of one. */
const REMOTE_LANES = 8;
/** What many connections bring sooner than one. */
const LARGEST_RANGE = 16 * 2 ** 20;

/** Reads up to this size (bytes) tell the latency, larger ones the bandwidth. */
const SMALL_READ = 64 * 1024;
/** Shorter than a clock can tell, and than matters (ms): where a request takes no longer, it costs nothing. */
const NO_TIME = 0.01;
/** Reads that count are the last of these, and up to as many before: what is known follows a store that changes. */
const WINDOW = 64;

/** A power of two, so that it stays the same while measurements vary a little; `start` as long as something is unknown. Bytes. */
export function gapFor({ latency, bandwidth }: ReadTimes, start: number): number {
	if (!Number.isFinite(latency) || latency < NO_TIME || bandwidth === 0) return start;
	const gap = 2 ** Math.round(Math.log2(latency * bandwidth));
	return Math.min(LARGEST_GAP, Math.max(SMALLEST_GAP, gap));
}

/** Of one store in one process. */
export class RangeTuner {
	readonly #given: Partial<ReadRanges>;
	readonly #start: number;
	readonly #lanes: number;
	readonly #latency = new Window(Math.min, Number.POSITIVE_INFINITY);
	readonly #bandwidth = new Window(Math.max, 0);
	#untold = NOTHING;

	/** @param given what is not to be measured */
	constructor(given: Partial<ReadRanges>, isRemote = false) {
		this.#given = given;
		this.#start = isRemote ? REMOTE_GAP : LOCAL_GAP;
		this.#lanes = isRemote ? REMOTE_LANES : 1;
	}

	/** What to ask for now. */
	get ranges(): ReadRanges {
		const { gap, cap = LARGEST_RANGE } = this.#given;
		const { latency, bandwidth } = this.times;
		return { gap: gap ?? gapFor({ latency: latency / this.#lanes, bandwidth }, this.#start), cap };
	}

	/** As far as is known. */
	get times(): ReadTimes {
		return { latency: this.#latency.best, bandwidth: this.#bandwidth.best };
	}

	/** Notes what one read took (ms), of so many bytes in all. */
	note(bytes: number, time: number): void {
		const read = { ...NOTHING };
		if (bytes <= SMALL_READ) read.latency = time;
		// Not the whole time is latency, whatever small reads were like.
		else read.bandwidth = bytes / Math.max(time - this.#latency.best, time / 2, NO_TIME);
		this.add(read);
		const { latency, bandwidth } = this.#untold;
		this.#untold = {
			latency: Math.min(latency, read.latency),
			bandwidth: Math.max(bandwidth, read.bandwidth),
		};
	}

	/** Adds what another thread has noted. */
	add({ latency, bandwidth }: ReadTimes): void {
		if (Number.isFinite(latency)) this.#latency.add(latency);
		if (bandwidth > 0) this.#bandwidth.add(bandwidth);
	}

	/** What was noted here since the last call. */
	take(): ReadTimes {
		const untold = this.#untold;
		this.#untold = NOTHING;
		return untold;
	}
}

const NOTHING: ReadTimes = { latency: Number.POSITIVE_INFINITY, bandwidth: 0 };

/** The best of the last values: delays by other work only make a read longer (as BBR looks at a path: least round trip, greatest rate). */
class Window {
	readonly #better: (a: number, b: number) => number;
	readonly #nothing: number;
	#earlier: number;
	#recent: number;
	#count = 0;

	constructor(better: (a: number, b: number) => number, nothing: number) {
		this.#better = better;
		this.#nothing = nothing;
		this.#earlier = nothing;
		this.#recent = nothing;
	}

	get best(): number {
		return this.#better(this.#earlier, this.#recent);
	}

	add(value: number): void {
		if (this.#count++ === WINDOW) {
			this.#earlier = this.#recent;
			this.#recent = this.#nothing;
			this.#count = 1;
		}
		this.#recent = this.#better(this.#recent, value);
	}
}
