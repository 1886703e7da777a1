import { ram } from "tesserae/backends/ram";
import { type BackendFixture, backendConformance } from "tesserae/conformance";
import { expect, test } from "vitest";
import { readOnly } from "../../dist/src/wrap/read-only.js";
import { brokenLifecycle } from "./broken/lifecycle.js";
import { brokenListing } from "./broken/listing.js";
import { brokenPreconditions } from "./broken/preconditions.js";
import { brokenReads } from "./broken/reads.js";
import { brokenWriteIds } from "./broken/write-ids.js";
import { brokenCommits, brokenWrites } from "./broken/writes.js";
import { type Break, broken } from "./pass-through.js";

const BREAKS: Record<string, Break> = {
	...brokenReads,
	...brokenWrites,
	...brokenPreconditions,
	...brokenWriteIds,
	...brokenCommits,
	...brokenListing,
	...brokenLifecycle,
};

const READ_ONLY = "a store that is read only refuses every write with READ_ONLY";

let spaces = 0;

async function brokenBy(change: Break): Promise<BackendFixture> {
	const name = `broken-${++spaces}`;
	const open = () => broken(ram({ name }), change);
	return { backend: open(), reopen: async () => open() };
}

/** Refuses puts and commits, yet deletes. */
async function leakyReadOnly(): Promise<BackendFixture> {
	const writer = ram();
	const backend = broken(readOnly(writer), () => ({ delete: (keys) => writer.delete(keys) }));
	return { backend, writer };
}

/** The suite's tests, by name. */
function suiteOn(factory: () => Promise<BackendFixture>): Map<string, () => Promise<void>> {
	const tests = new Map<string, () => Promise<void>>();
	backendConformance((name, body) => void tests.set(name, body), factory);
	return tests;
}

const names = [...suiteOn(async () => ({ backend: ram() })).keys()];

test("every clause has a backend that breaks it, and every broken backend a clause", () => {
	expect([...Object.keys(BREAKS), READ_ONLY].sort()).toEqual([...names].sort());
});

test.each(names)("the suite rejects a backend that breaks: %s", async (name) => {
	const change = BREAKS[name] ?? (() => ({}));
	const body = suiteOn(name === READ_ONLY ? leakyReadOnly : () => brokenBy(change)).get(name);
	await expect(body?.()).rejects.toThrow();
});

test("the suite accepts the backend that all of them are made of", async () => {
	for (const body of suiteOn(() => brokenBy(() => ({}))).values()) await body();
});
