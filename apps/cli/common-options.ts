/** What the common options say. */
export interface CommonOptions {
	readonly json?: boolean;
	readonly engine?: string;
	readonly workers?: number;
	/** What else `connect` is given. */
	readonly option?: { readonly [name: string]: unknown };
	readonly logLevel?: LogLevel;
	readonly debug?: boolean;
}

export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
