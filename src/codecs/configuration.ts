/** Checks of a codec's settings. Every error names the codec and the member. */
import { StoreError } from "../errors.js";
import type { Configuration } from "./codec.js";

/** @throws StoreError INVALID_ARGUMENT where a member is none of `known` */
export function checkMembers(codec: string, configuration: Configuration, known: readonly string[]): void {
	const stranger = Object.keys(configuration).find((member) => !known.includes(member));
	if (stranger === undefined) return;
	const takes = known.length === 0 ? "it takes none" : `it takes ${known.join(", ")}`;
	throw new StoreError("INVALID_ARGUMENT", `codec ${codec} has no setting ${JSON.stringify(stranger)}: ${takes}`);
}

/** The error for a member that is missing or wrong; `wanted` says what it must be. */
export function invalidMember(codec: string, configuration: Configuration, member: string, wanted: string): StoreError {
	const value = configuration[member];
	const found = value === undefined ? "it is missing" : `not ${describe(value)}`;
	return new StoreError("INVALID_ARGUMENT", `codec ${codec}: ${member} must be ${wanted}, ${found}`);
}

/** A member that is an integer from `least` to `most`. */
export function integerMember(
	codec: string,
	configuration: Configuration,
	member: string,
	[least, most]: readonly [least: number, most: number],
): number {
	const value = configuration[member];
	if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
	throw invalidMember(codec, configuration, member, `an integer from ${least} to ${most}`);
}

/** A member that is one of `choices`. */
export function choiceMember<C extends string>(
	codec: string,
	configuration: Configuration,
	member: string,
	choices: readonly C[],
): C {
	const found = choices.find((choice) => choice === configuration[member]);
	if (found !== undefined) return found;
	throw invalidMember(codec, configuration, member, `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`);
}

function describe(value: unknown): string {
	return JSON.stringify(value, (_, entry) => (typeof entry === "bigint" ? Number(entry) : entry)) ?? typeof value;
}
