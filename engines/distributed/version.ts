import { readFileSync } from "node:fs";

/** Of this package. Callers and workers must have the same: what travels between them may change with each. */
export const VERSION: string = (
	JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { version: string }
).version;
