/** Groups of format 2, nested and consolidated, as zarr-python and the library make them for one another. */
import { type Connection, connect } from "tesserae";
import { afterAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../dist/src/format/json.js";
import { objectsOf, openPeer, type Peer, PYTHONS, putObjects } from "./peer.js";

const ATTRIBUTES = { unit: "µm", large: 9007199254740993n };
const GROUPS = { "": { title: "root" }, a: {}, "a/b": ATTRIBUTES };
const ARRAYS = ["top", "a/b/data"];
const MEMBERS = {
	a: { kind: "group", attributes: {} },
	"a/b": { kind: "group", attributes: ATTRIBUTES },
	"a/b/data": { kind: "array", attributes: {} },
	top: { kind: "array", attributes: {} },
};

const document = async (con: Connection, key: string): Promise<JsonObject | undefined> => {
	const bytes = (await con.backend.get(key))?.parts[0];
	return bytes && JSON.parse(new TextDecoder().decode(bytes));
};

async function nodesOf(con: Connection, consolidated: boolean): Promise<{ [name: string]: string }> {
	const found: { [name: string]: string } = {};
	for await (const { name, kind } of (await con.group("")).members({ recursive: true, consolidated }))
		found[name] = kind === "dataset" ? "array" : kind;
	return found;
}
const KINDS = Object.fromEntries(Object.entries(MEMBERS).map(([name, { kind }]) => [name, kind]));

async function oursAs(con: Connection): Promise<void> {
	for (const name of ARRAYS) {
		const dataset = await con.createDataset(name, {
			format: 2,
			shape: [3],
			chunkShape: [2],
			dtype: "int16",
			fillValue: 7,
		});
		await dataset.set("0:2", [1, 2]);
	}
	for (const [name, attributes] of Object.entries(GROUPS)) await (await con.group(name)).setAttributes(attributes);
}

const opened = await Promise.all(PYTHONS.map(async (python) => ({ ...python, opened: await openPeer(python) })));

describe.each(opened)("with $title", ({ opened }) => {
	const peer = opened as Peer;
	afterAll(() => opened?.close());
	const tree = async (con: Connection, consolidated: boolean) =>
		peer.ask("tree", { path: "", objects: await objectsOf(con), consolidated });

	it.skipIf(opened === undefined).each([false, true])("theirs are ours; consolidated: %s", async (consolidated) => {
		const con = await connect("ram:");
		await putObjects(con, await peer.ask("hierarchy", { groups: GROUPS, arrays: ARRAYS, consolidated }));
		expect(await nodesOf(con, consolidated)).toEqual(KINDS);
		expect((await con.group("a/b")).attributes).toEqual(ATTRIBUTES);
		expect([...(await (await con.getDataset("a/b/data")).get()).data]).toEqual([1, 2, 7]);
		await con.close();
	});

	it.skipIf(opened === undefined)("ours are theirs, from the store and from what we consolidated", async () => {
		const con = await connect("ram:");
		await oursAs(con);
		const expected = { attributes: GROUPS[""], members: MEMBERS };
		expect(await tree(con, false)).toEqual(expected);
		await con.consolidateMetadata();
		expect(await document(con, ".zgroup")).toEqual({ zarr_format: 2 });
		expect(await tree(con, true)).toEqual(expected);
		expect(await nodesOf(con, true)).toEqual(KINDS);
		await con.close();
	});

	it.skipIf(opened === undefined)(
		"a change of ours takes away the copy, theirs too, which they would believe",
		async () => {
			const con = await connect("ram:");
			await putObjects(con, await peer.ask("hierarchy", { groups: GROUPS, arrays: ARRAYS, consolidated: true }));
			expect(await document(con, ".zmetadata")).toHaveProperty("zarr_consolidated_format", 1);
			await (await con.getDataset("a/b/data")).resize([5]);
			expect(await document(con, ".zmetadata")).toBeUndefined();
			await con.consolidateMetadata();
			await con.createDataset("a/later", { format: 2, data: [1] });
			expect(await document(con, ".zmetadata")).toBeUndefined();
			await con.consolidateMetadata("a");
			await (await con.group("a/b")).setAttributes({ changed: true });
			expect(await document(con, "a/.zmetadata")).toBeUndefined();
			await con.close();
		},
	);
});
