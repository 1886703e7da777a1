import { defineConfig } from "vitest/config";

/** Tests import the built package by its name, as a user does; `dist/` is loaded as it is, never transformed. */
export default defineConfig({
	test: {
		include: ["tests/**/*.test.ts"],
		setupFiles: ["tests/support/property-seed.ts"],
		globalSetup: ["tests/services/setup.ts"],
		testTimeout: 60_000,
		maxWorkers: "100%",
		server: { deps: { external: [/\/dist\//] } },
	},
});
