import type { Python } from "./python.js";
import type { Results } from "./results.js";

/** What a row has at hand. */
export interface Bench {
	/** Runs that count, of each contestant. */
	readonly rounds: number;
	readonly results: Results;
	/** Starts the Python side with the first call; undefined where there is none, with the reason among the omissions already. */
	python(): Promise<Python | undefined>;
}

/** What can be asked for by name: each entry fills in its rows of the results. */
export type Group = { readonly [name: string]: (bench: Bench) => Promise<void> };
