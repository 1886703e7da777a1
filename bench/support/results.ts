/** One line of the result: a figure of ours beside a peer's or a limit. */
export interface Row {
	readonly name: string;
	/** With its unit. */
	readonly ours: string;
	/** Who or what it is held against, with the figure; undefined where a goal is absolute. */
	readonly other: string | undefined;
	/** How many times as fast as the other we are. */
	readonly ratio: number | undefined;
	/** The same by processor time. */
	readonly cpuRatio: number | undefined;
	/** In words; undefined where the row is for information. */
	readonly goal: string | undefined;
	readonly met: boolean | undefined;
}

/** Figures that are no comparison of two. */
export interface Table {
	readonly title: string;
	readonly headings: readonly string[];
	readonly lines: readonly (readonly string[])[];
}

/** What could not be measured, and why. */
export interface Omission {
	readonly name: string;
	readonly reason: string;
}

export interface Results {
	readonly rows: Row[];
	readonly tables: Table[];
	readonly omissions: Omission[];
	/** Versions of the programs that took part. */
	readonly peers: { [program: string]: string };
}
