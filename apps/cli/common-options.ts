import type { LogLevel } from "../../src/log.js";

/** What the common options say. */
export interface CommonOptions {
	readonly json?: boolean;
	readonly engine?: string;
	readonly workers?: number;
	/** What else `connect` is given. */
	readonly option?: { readonly [name: string]: unknown };
	/** Path of the configuration file. */
	readonly config?: string;
	readonly logLevel?: LogLevel;
	readonly debug?: boolean;
}
