/** Values of members of a configuration file. */
import { parseBytes } from "../connection-options.js";
import { isLogLevel, LOG_LEVELS, type LogLevel } from "../log.js";

/** What a value has to be, in words that follow "is", and what it is then; undefined where it is not that. */
export interface Kind<T> {
	readonly words: string;
	read(value: unknown): T | undefined;
}

export type KindValue<K> = K extends Kind<infer T> ? T : never;

export const text: Kind<string> = {
	words: "a text",
	read: (value) => (typeof value === "string" && value !== "" && !CONTROL.test(value) ? value : undefined),
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const CONTROL = /[\u0000-\u001f\u007f]/;

export const flag: Kind<boolean> = {
	words: "true or false",
	read: (value) => (typeof value === "boolean" ? value : undefined),
};

export const count: Kind<number> = { words: "a whole number ≥ 1", read: (value) => wholeFrom(1, value) };

export const countOrNone: Kind<number> = { words: "a whole number ≥ 0", read: (value) => wholeFrom(0, value) };

function wholeFrom(least: number, value: unknown): number | undefined {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= least ? value : undefined;
}

export const size: Kind<number> = {
	words: 'a number of bytes or a size such as "512MiB"',
	read(value) {
		if (typeof value !== "number" && typeof value !== "string") return undefined;
		try {
			return parseBytes(value, "size");
		} catch {
			return undefined;
		}
	},
};

/** A server: keys in its URL would be shown wherever its name is. */
export const endpoint: Kind<string> = {
	words: 'the URL of a server, such as "https://host:9000", without user, query and fragment',
	read(value) {
		if (typeof value !== "string" || !/^https?:\/\/[^/]/i.test(value) || !URL.canParse(value)) return undefined;
		const { username, password, search, hash } = new URL(value);
		return username + password + search + hash === "" && !/\s/.test(value) ? value : undefined;
	},
};

export const texts: Kind<readonly string[]> = {
	words: "a list of texts",
	read: (value) => (Array.isArray(value) && value.every((item) => text.read(item) !== undefined) ? value : undefined),
};

export const logLevel: Kind<LogLevel> = {
	words: `one of ${LOG_LEVELS.join(", ")}`,
	read: (value) => (isLogLevel(value) ? value : undefined),
};

export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
	return {
		words: words.map((word) => JSON.stringify(word)).join(" or "),
		read: (value) => words.find((word) => word === value),
	};
}

/** True for names that a target can begin with. */
export function isClusterName(name: string): boolean {
	return /^[^:/\\#[\s]+$/.test(name) && !CONTROL.test(name);
}
