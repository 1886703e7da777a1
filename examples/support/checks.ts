import { type Comparison, compare, compareWithScipy, type ScipyValues, TOLERANCE } from "./compare.js";
import type { Cell, Variant } from "./sweep.js";
import type { Volume } from "./volume.js";

/** What is known of the results of one cell. */
export interface Check {
	readonly cell: Cell;
	/** Each variant, by its name, against the whole volume in one piece. */
	readonly variants: ReadonlyMap<string, Comparison>;
	/** The variants with halo against each other. */
	readonly between: Comparison;
	/** With halo against scipy's values, where there are any. */
	readonly scipy: Comparison | undefined;
}

/** What is right. */
export interface Truth {
	/** The whole volume, smoothed in one piece. */
	readonly whole: Volume;
	readonly scipy: ScipyValues | undefined;
}

/** True where smoothing with halo gave what it must give. */
export function isRight({ variants, between, scipy }: Check): boolean {
	const checked = [variants.get("3D+halo"), variants.get("1D+halo"), between, scipy];
	return checked.every((comparison) => comparison === undefined || comparison.error <= TOLERANCE);
}

/** Looks at the results of one cell, one after the other, and keeps none but the first with halo. */
export class Judge {
	readonly #truth: Truth;
	readonly #variants = new Map<string, Comparison>();
	#first: Volume | undefined;
	#between: Comparison = { error: Number.NaN, wrong: 1 };

	constructor(truth: Truth) {
		this.#truth = truth;
	}

	look({ name, hasHalo }: Variant, values: Volume): void {
		this.#variants.set(name, compare(values.data, this.#truth.whole.data));
		if (!hasHalo) return;
		if (this.#first !== undefined) this.#between = compare(values.data, this.#first.data);
		this.#first ??= values;
	}

	/** After all variants were looked at. */
	verdict(cell: Cell): Check {
		const { scipy } = this.#truth;
		const against = this.#first && scipy && compareWithScipy(this.#first, scipy);
		return { cell, variants: this.#variants, between: this.#between, scipy: against };
	}
}
