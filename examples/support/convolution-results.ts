import { gaussianHalo } from "../kernels/gaussian.js";
import { type Comparison, TOLERANCE } from "./compare.js";
import type { Options } from "./convolution-options.js";
import { table } from "./table.js";

/** The findings for one chunk size; times in seconds. */
export interface Result {
	readonly chunkSize: number;
	readonly loading: number;
	readonly withoutHalo: Comparison & { readonly seconds: number };
	readonly withHalo: Comparison & { readonly seconds: number };
	/** With halo, against scipy's values, where there are any. */
	readonly scipy: Comparison | undefined;
}

/** True where smoothing with halo gave what it must give. */
export function isRight({ withHalo, scipy }: Result): boolean {
	return withHalo.error <= TOLERANCE && (scipy === undefined || scipy.error <= TOLERANCE);
}

export function printResults({ sigma, engine, target, ntest }: Options, results: readonly Result[]): void {
	const headings = ["chunk", "create + load", "no halo", `halo ${gaussianHalo(sigma)}`, "error", "scipy", "seams"];
	const rows = results.map(({ chunkSize, loading, withoutHalo, withHalo, scipy }) => [
		String(chunkSize),
		...[loading, withoutHalo.seconds, withHalo.seconds].map((seconds) => `${seconds.toFixed(2)} s`),
		inExponents(withHalo.error),
		scipy === undefined ? "–" : inExponents(scipy.error),
		`${(100 * withoutHalo.wrong).toFixed(1)} %`,
	]);
	console.log(`3-D Gaussian of σ ${sigma} · ${target?.split(":", 1)[0] ?? "file"}, ${engine} · median of ${ntest}

${table([headings, ...rows])}

error   with halo, against the whole volume in one piece: max |a − b| / max |b|
scipy   the same against the values that scipy.ndimage.gaussian_filter gave, where there are any for this σ
seams   voxels that are wrong without halo: |a − b| > ${TOLERANCE} · max |b|, of all
`);
	const wrong = results.filter((result) => !isRight(result));
	if (wrong.length === 0) console.log(`right: with halo every error is at most ${TOLERANCE}`);
	else
		console.error(
			`WRONG: an error is over ${TOLERANCE} for chunk size ${wrong.map(({ chunkSize }) => chunkSize).join(", ")}`,
		);
}

/** An error of exactly nothing is worth telling from a small one. */
function inExponents(error: number): string {
	return error === 0 ? "0" : error.toExponential(1);
}
