import { defineConfig } from "vitest/config";
import { SecondTryReporter } from "./tests/support/second-try.js";

/** Files that change what all of their process sees, such as the constructors of typed arrays or the environment: each has a process of its own. */
const ALONE = ["tests/bad-input/chunks.test.ts", "tests/s3/errors-lean.test.ts", "tests/s3/misbehaving-lean.test.ts"];
const ALL = ["tests/**/*.test.ts"];

/**
 * Tests import the built package by its name, as a user does; `dist/` is loaded as it is, never transformed. Loading it anew for every file
 * took a tenth of the time of all tests, so files share the processes they run in.
 */
export default defineConfig({
	test: {
		setupFiles: ["tests/support/property-seed.ts"],
		globalSetup: ["tests/services/setup.ts"],
		testTimeout: 60_000,
		// Where nobody watches, on a machine that may be busy, a failure counts when it comes again; what needed that is reported.
		retry: process.env.CI === undefined ? 0 : 1,
		reporters: ["default", new SecondTryReporter()],
		maxWorkers: "100%",
		server: { deps: { external: [/\/dist\//] } },
		projects: [
			{ extends: true, test: { name: "together", include: ALL, exclude: ALONE, isolate: false } },
			{ extends: true, test: { name: "alone", include: ALONE } },
		],
	},
});
