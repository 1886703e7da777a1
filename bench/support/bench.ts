import type { Python } from "./python.js";
import type { Results } from "./row.js";

/** What the rows of one file have at hand. */
export interface Bench {
	/** Runs that count, of each contestant. */
	readonly rounds: number;
	/** Undefined where there is no Python, with the reason among the omissions already. */
	readonly python: Python | undefined;
	readonly results: Results;
}
