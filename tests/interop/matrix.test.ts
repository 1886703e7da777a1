/**
 * What the library writes is read by zarr-python, TensorStore and zarrita.js, and what they write by the library, for every data type with
 * every chain of codecs and every layout with each of these. What somebody cannot carry is named in `support.ts`, and fails here.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHAINS, goTogether, LAYOUTS, ROWS, type Row } from "./matrix.js";
import { expectedOf, type Packer, type PackView, packers, valuesOf, type Written } from "./packs.js";
import { openPeers, type Peers } from "./peers.js";
import { gapOf, PARTIES, type Party, supportText } from "./support.js";
import { TYPES } from "./types.js";

const opened = await openPeers();
const parties: { readonly [party in Party]: Packer } = packers(opened as Peers);
afterAll(() => opened?.close());

describe("the matrix", () => {
	it("has every type with all codecs that take it, and every layout with every type and all codecs", () => {
		const pairs = new Set(
			ROWS.flatMap(({ type, chain, layout }) => [
				`${type.name}|${chain.name}`,
				`${type.name}|${layout.name}`,
				`${chain.name}|${layout.name}`,
			]),
		);
		const missing = [
			...TYPES.flatMap((type) =>
				CHAINS.filter((chain) => goTogether(type, chain)).map((chain) => `${type.name}|${chain.name}`),
			),
			...[...TYPES, ...CHAINS].flatMap(({ name }) => LAYOUTS.map((layout) => `${name}|${layout.name}`)),
		].filter((pair) => !pairs.has(pair));
		expect(missing).toEqual([]);
		expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
	});

	it("is what support.md tells", async () => {
		await expect(supportText()).toMatchFileSnapshot("support.md");
	});
});

const texts = new Map<Row, string>();

function expectedText(row: Row): string {
	const text = texts.get(row) ?? JSON.stringify(expectedOf(row));
	texts.set(row, text);
	return text;
}

/** What came of a row: the values as they were written, or what is wrong. */
function outcome(row: Row, view: PackView | undefined): string {
	if (view === undefined) return "not written";
	if ("error" in view) return view.error;
	return JSON.stringify(view) === expectedText(row) ? "same" : "other values";
}

const problemsOf = (outcomes: ReadonlyMap<Row, string>, select: (row: Row) => boolean): string[] =>
	Array.from(outcomes, ([row, text]) => (select(row) && text !== "same" ? `${row.name}: ${text}` : "")).filter(Boolean);
/** A single element of fill value is not stored, so that its codecs are not asked. */
const isStored = (row: Row): boolean => valuesOf(row) !== row.type.fillWire;
const surprisesOf = (outcomes: ReadonlyMap<Row, string>, party: Party, way: "reads" | "writes"): string[] =>
	Array.from(outcomes, ([row, text]) =>
		gapOf(party, way, row) !== undefined && text === "same" && isStored(row) ? row.name : "",
	).filter(Boolean);

let written: Promise<Written> | undefined;
/** What we write is the same for every reader. */
function writeOurs(): Promise<Written> {
	written ??= parties.ours.write(ROWS);
	return written;
}

async function carry(writer: Party, reader: Party): Promise<Map<Row, string>> {
	const written = await (writer === "ours" ? writeOurs() : parties[writer].write(ROWS));
	const rows = ROWS.filter(({ name }) => !(name in written.failures));
	const views = await parties[reader].read(rows, written.objects);
	return new Map(ROWS.map((row) => [row, written.failures[row.name] ?? outcome(row, views[row.name])]));
}

describe.skipIf(opened === undefined).each(PARTIES.slice(1))("$title", ({ party, title }) => {
	const outcomes: { [way: string]: Map<Row, string> } = {};
	beforeAll(async () => {
		[outcomes.reads, outcomes.writes] = await Promise.all([carry("ours", party), carry(party, "ours")]);
	}, 300_000);

	describe.each(TYPES)("$name", ({ name }) => {
		it(`of ours is read by ${title}`, () => {
			const select = (row: Row) =>
				row.type.name === name &&
				gapOf("ours", "writes", row) === undefined &&
				gapOf(party, "reads", row) === undefined;
			expect(problemsOf(outcomes.reads as Map<Row, string>, select)).toEqual([]);
		});
		it(`of ${title} is read by us`, () => {
			const select = (row: Row) => row.type.name === name && gapOf(party, "writes", row) === undefined;
			expect(problemsOf(outcomes.writes as Map<Row, string>, select)).toEqual([]);
		});
	});

	it("reads and writes nothing of what it is said not to", () => {
		expect(surprisesOf(outcomes.reads as Map<Row, string>, party, "reads")).toEqual([]);
		expect(surprisesOf(outcomes.writes as Map<Row, string>, party, "writes")).toEqual([]);
	});
});

const REFUSAL = /is only read|data type "structured\[.* is not supported/;
it.skipIf(opened === undefined)("we write nothing of what we are said not to", async () => {
	const { failures } = await writeOurs();
	const said = ROWS.filter((row) => gapOf("ours", "writes", row) !== undefined);
	for (const refusal of Object.values(failures)) expect(refusal).toMatch(REFUSAL);
	expect(Object.keys(failures)).toEqual(said.filter(({ name }) => name in failures).map(({ name }) => name));
	// Nothing is encoded of an array without elements.
	const encoded = said.filter((row) => isStored(row) && row.layout.name !== "empty");
	expect(encoded.filter(({ name }) => !(name in failures))).toEqual([]);
	expect(encoded.length).toBeGreaterThan(0);
});
