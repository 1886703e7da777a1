import { type Capabilities, type ConnectOptions, connect } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { datasetConformance } from "tesserae/conformance";
import { describe, expect, test } from "vitest";
import { Lesser } from "../backends/lesser.js";

const NO_CONDITIONS = { compareAndSwap: false, createIfAbsent: false, conditionalDelete: false, atomicMultiPut: false };

const LESSER: readonly [what: string, lacks: Partial<Capabilities>, options: ConnectOptions][] = [
	["that writes one object at a time", { atomicMultiPut: false }, {}],
	["that cannot delete on a condition", { atomicMultiPut: false, conditionalDelete: false }, {}],
	["without conditions", NO_CONDITIONS, {}],
	["without conditions, with a single writer", NO_CONDITIONS, { writeSafety: "single-writer" }],
];

describe.each(LESSER)("a store %s", (_, lacks, options) => {
	datasetConformance(test, () => connect(new Lesser(ram(), lacks), options));
});

test("where the store cannot compare-and-swap, a write to a part is refused and says what to do", async () => {
	const con = await connect(new Lesser(ram(), NO_CONDITIONS));
	const ds = await con.createDataset("a", { data: Int8Array.of(1, 2, 3, 4, 5, 6), chunkShape: [2] });
	for (const call of [
		() => ds.set([0], 9),
		() => ds.set("1:", 9),
		() => ds.set([[0, 1, 2, 4, 5]], 9),
		() => ds.setPoints([[0]], 9),
	])
		await expect(call()).rejects.toMatchObject({
			code: "UNSUPPORTED",
			message: expect.stringContaining("single-writer"),
		});
	expect([...(await ds.get()).data]).toEqual([1, 2, 3, 4, 5, 6]);
	await ds.set("2:", 9);
	expect([...(await ds.get()).data]).toEqual([1, 2, 9, 9, 9, 9]);
	await con.close();
});
