import type { Bench } from "./bench.js";

export interface Choice<B extends Bench> {
	/** `GROUP/NAME`. */
	readonly name: string;
	readonly run: (bench: B) => Promise<void>;
}

/**
 * What was asked for, in the order of the groups.
 * @param names `GROUP` for all of one, or `GROUP/NAME`
 */
export function choose<B extends Bench>(
	groups: { readonly [name: string]: { readonly [name: string]: (bench: B) => Promise<void> } },
	names: readonly string[],
): Choice<B>[] {
	const all = Object.entries(groups).flatMap(([group, rows]) =>
		Object.entries(rows).map(([row, run]) => ({ group, name: `${group}/${row}`, run })),
	);
	const unknown = names.find((name) => !all.some((row) => row.group === name || row.name === name));
	if (unknown !== undefined) {
		const known = all.map(({ name }) => name).join(" ");
		throw new Error(
			`there is no ${JSON.stringify(unknown)}: --only takes groups (the part before the slash) and ${known}`,
		);
	}
	return all.filter(({ group, name }) => names.includes(group) || names.includes(name));
}
