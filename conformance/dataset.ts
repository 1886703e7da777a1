import type { Connection } from "../src/connection.js";
import { basics } from "./dataset/basics.js";
import { change } from "./dataset/change.js";
import { chunks } from "./dataset/chunks.js";
import { concurrency } from "./dataset/concurrency.js";
import { faults } from "./dataset/faults.js";
import type { Clause, DatasetOptions } from "./dataset/fixture.js";
import { hierarchy } from "./dataset/hierarchy.js";
import { lifecycle } from "./dataset/lifecycle.js";
import { mapping } from "./dataset/mapping.js";
import { reductions } from "./dataset/reductions.js";
import { requests } from "./dataset/requests.js";
import { resume } from "./dataset/resume.js";
import { selections } from "./dataset/selections.js";
import { values } from "./dataset/values.js";

export type { DatasetOptions } from "./dataset/fixture.js";

const CLAUSES: readonly Clause[] = [
	...basics,
	...hierarchy,
	...selections,
	...values,
	...requests,
	...chunks,
	...change,
	...mapping,
	...resume,
	...reductions,
	...faults,
	...concurrency,
	...lifecycle,
];

/**
 * Tests a backend and an engine together, through the same door that users take: one test per promise of datasets. What the store can
 * do is asked of `supports`; what takes more than that is passed over.
 * @param test registers a test, as `test` of vitest, node:test or jest does
 * @param factory connects to a store of its own for each test, fresh and empty, that can be written to
 */
export function datasetConformance(
	test: (name: string, body: () => Promise<void>) => void,
	factory: () => Promise<Connection>,
	options: DatasetOptions = {},
): void {
	for (const clause of CLAUSES) test(clause.name, () => checkOn(clause, factory, options));
}

async function checkOn(clause: Clause, factory: () => Promise<Connection>, options: DatasetOptions): Promise<void> {
	const con = await factory();
	try {
		if (Object.values(con.supports).includes(undefined)) await con.probe();
		if (clause.needs(con)) await clause.check(con, options);
	} finally {
		await con.close();
	}
}
