import type { Engine } from "../src/engine.js";
import type { EngineClause } from "./engine/jobs.js";
import { loop } from "./engine/loop.js";
import { runners } from "./engine/runners.js";

const CLAUSES: readonly EngineClause[] = [...runners, ...loop];

/**
 * Tests an engine against the contract in `src/engine.ts`, alone and under the loop that feeds it.
 * @param test registers a test, as `test` of vitest, node:test or jest does
 * @param factory makes an engine for one test, which closes it
 */
export function engineConformance(
	test: (name: string, body: () => Promise<void>) => void,
	factory: () => Engine | Promise<Engine>,
): void {
	for (const clause of CLAUSES)
		test(clause.name, async () => {
			const engine = await factory();
			try {
				await clause.check(engine);
			} finally {
				await engine.close();
			}
		});
}
