import { commits } from "./backend/commits.js";
import { lifecycle } from "./backend/lifecycle.js";
import { listing } from "./backend/listing.js";
import { preconditions } from "./backend/preconditions.js";
import { reads } from "./backend/reads.js";
import { type BackendFixture, type Clause, keysOf, type Store } from "./backend/store.js";
import { writeIds } from "./backend/write-ids.js";
import { writes } from "./backend/writes.js";

export type { BackendFixture } from "./backend/store.js";

const CLAUSES: readonly Clause[] = [
	...reads,
	...writes,
	...preconditions,
	...writeIds,
	...commits,
	...listing,
	...lifecycle,
];

/**
 * Tests a backend against the contract in `src/backend.ts`, one test per clause. What a backend can do is asked of its `supports`; what it
 * cannot do it must refuse. Works with any runner: `backendConformance(test, async () => ({ backend: mine() }))`.
 * @param test registers a test, as `test` of vitest, node:test or jest does
 * @param factory makes what one test runs on; the tests' keys begin with a prefix of their own, so the store may be the same
 */
export function backendConformance(
	test: (name: string, body: () => Promise<void>) => void,
	factory: () => Promise<BackendFixture>,
): void {
	for (const clause of CLAUSES) test(clause.name, () => checkOn(clause, factory));
}

async function checkOn(clause: Clause, factory: () => Promise<BackendFixture>): Promise<void> {
	const fixture = await factory();
	const { backend, writer = backend } = fixture;
	const prefix = `conformance-${Math.random().toString(36).slice(2)}/`;
	const store: Store = { ...fixture, writer, prefix };
	try {
		if (Object.values(backend.supports).includes(undefined)) await backend.probe();
		await clause.check(store);
		await clear(store);
	} finally {
		await backend.close();
		await writer.close();
		await fixture.dispose?.();
	}
}

/** Leaves a store that lasts as it was, as far as it can: whether it deletes and lists is for the clauses to say. */
async function clear({ writer, prefix }: Store): Promise<void> {
	try {
		if (writer.supports.list) await writer.delete(await keysOf(writer, prefix));
	} catch {
		// The test has closed it, or cannot trust it.
	}
}
