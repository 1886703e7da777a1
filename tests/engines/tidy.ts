import type { Connection } from "tesserae";
import { afterEach } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { endStarted } from "../services/redis.js";

export interface Tidy {
	/** Connections that a test has opened. */
	readonly opened: Connection[];
	/** A directory of its own for a test. */
	directory(): Promise<string>;
}

/** After each test of a file its connections are closed, what it started is ended, and its directories are removed. */
export function tidyAfterEach(): Tidy {
	const opened: Connection[] = [];
	const scratches: Scratch[] = [];
	afterEach(async () => {
		for (const con of opened.splice(0)) await con.close({ abort: true });
		await endStarted();
		for (const one of scratches.splice(0)) await one.remove();
	});
	return {
		opened,
		async directory() {
			const one = await scratch();
			scratches.push(one);
			return one.path;
		},
	};
}
