import type { Connection } from "../../src/connection.js";
import { equal, rejects, succeeds } from "../expect.js";
import { sameValues } from "./arrays.js";
import { always, type Clause, collect, keysOf, lists, where } from "./fixture.js";

const SMALL = { shape: [4], dtype: "int16", chunkShape: [2] } as const;

async function make(con: Connection, ...names: string[]): Promise<void> {
	for (const name of names) await con.createDataset(name, SMALL);
}

async function namesOf(con: Connection, options?: { prefix?: string; recursive?: boolean }): Promise<string[]> {
	return (await collect(con.datasets(options))).sort();
}

export const hierarchy: readonly Clause[] = [
	always("names are exact, and groups above a dataset come with it", async (con) => {
		const names = ["My_Data", "my-data", "a/b/c", "ünï çödé 🜁", "50%#[x]"];
		await make(con, ...names);
		for (const name of names) equal(await con.hasDataset(name), true, name);
		equal(await con.hasDataset("MY_DATA"), false, "MY_DATA");
		equal(
			[await con.hasGroup("a"), await con.hasGroup("a/b"), await con.hasDataset("a")],
			[true, true, false],
			"a, a/b",
		);
		for (const name of ["a//b", "/a", "a/", "..", "a/../b", "__x", "zarr.json", "a\0b"])
			await rejects(() => con.createDataset(name, SMALL), "INVALID_ARGUMENT", JSON.stringify(name));
	}),
	where(lists, "datasets lists names, of a group or of all below", async (con) => {
		await make(con, "top", "a/one", "a/two", "a/b/deep", "ab");
		await con.createGroup("empty");
		equal(await namesOf(con), ["ab", "top"], "root");
		equal(await namesOf(con, { recursive: true }), ["a/b/deep", "a/one", "a/two", "ab", "top"], "all");
		equal(await namesOf(con, { prefix: "a" }), ["a/one", "a/two"], "a");
		equal(await namesOf(con, { prefix: "a", recursive: true }), ["a/b/deep", "a/one", "a/two"], "all in a");
		equal(await namesOf(con, { prefix: "none" }), [], "none");
	}),
	where(lists, "a store that is one array answers to the empty name", async (con) => {
		const ds = await con.createDataset("", { data: [1, 2, 3] });
		equal([await namesOf(con), await con.hasDataset(""), ds.name], [[""], true, ""], "names");
		sameValues(await (await con.getDataset("")).get(), { data: Float64Array.of(1, 2, 3), shape: [3] }, "values");
		await rejects(() => con.createDataset("below", SMALL), "ALREADY_EXISTS", "a dataset below it");
	}),
	where(lists, "groups have attributes and members", async (con) => {
		await con.createGroup("g", { attributes: { a: 1, b: 2 } });
		await make(con, "g/data", "g/sub/data");
		const group = await con.group("g");
		await group.setAttributes({ b: undefined, c: [3] });
		equal((await con.group("g")).attributes, { a: 1, c: [3] }, "attributes");
		const members = (await collect(group.members())).map(({ name, kind }) => `${kind} ${name}`);
		equal(members.sort(), ["dataset g/data", "group g/sub"], "members");
		equal((await con.group("")).attributes, {}, "attributes of the root");
	}),
	where(lists, "a group is created once, deleted with what is in it, and created again", async (con) => {
		await con.createGroup("B/C", { attributes: { old: true } });
		await rejects(() => con.createGroup("B/C"), "ALREADY_EXISTS", "a second one");
		await make(con, "B/C/data", "Bystander");
		await con.deleteGroup("B/C");
		equal([await con.hasGroup("B"), await con.hasGroup("B/C")], [true, false], "B, B/C");
		equal(
			(await keysOf(con)).filter((key) => key.startsWith("B/C/")),
			[],
			"objects of B/C",
		);
		equal((await con.createGroup("B/C")).attributes, {}, "attributes of the new one");
		equal(await con.hasDataset("Bystander"), true, "Bystander");
	}),
	always("a missing group is NOT_FOUND, and a dataset is no group", async (con) => {
		await make(con, "data");
		for (const path of ["none", "data"]) {
			await rejects(() => con.group(path), "NOT_FOUND", `group ${path}`);
			await rejects(() => con.deleteGroup(path), "NOT_FOUND", `deleteGroup ${path}`);
		}
		await con.createGroup("g");
		await rejects(() => con.getDataset("g"), "NOT_FOUND", "getDataset of a group");
		await rejects(() => con.deleteDataset("g"), "NOT_FOUND", "deleteDataset of a group");
		await rejects(() => con.createDataset("g", SMALL), "ALREADY_EXISTS", "a dataset named as a group");
		await rejects(() => con.createDataset("data/x", SMALL), "ALREADY_EXISTS", "a dataset below a dataset");
	}),
	always("attributes of a dataset merge, and undefined removes", async (con) => {
		const ds = await con.createDataset("a", { ...SMALL, attributes: { a: 1, b: { c: "d" } } });
		const other = await con.getDataset("a");
		await ds.setAttributes({ a: undefined, e: 9007199254740993n });
		await other.setAttributes({ f: null });
		const { attributes } = await ds.refresh();
		equal(Object.keys(attributes).sort(), ["b", "e", "f"], "names");
		equal(String(attributes.e), "9007199254740993", "a large integer");
		await rejects(() => ds.setAttributes({ f: () => 1 }), "INVALID_ARGUMENT", "a function");
	}),
	where(lists, "ifExists: error, open, replace", async (con) => {
		const first = await con.createDataset("a", { ...SMALL, data: [1, 2, 3, 4] });
		await rejects(() => con.createDataset("a", SMALL), "ALREADY_EXISTS", "default");
		await rejects(() => con.createDataset("a", { ...SMALL, ifExists: "error" }), "ALREADY_EXISTS", "error");
		const opened = await con.createDataset("a", { ...SMALL, ifExists: "open" });
		sameValues(await opened.get(), { data: Int16Array.of(1, 2, 3, 4), shape: [4] }, "opened");
		const other = { ...SMALL, shape: [5], ifExists: "open" } as const;
		await rejects(() => con.createDataset("a", other), "ALREADY_EXISTS", "open with another shape");
		const replaced = await con.createDataset("a", { shape: [2], dtype: "int8", ifExists: "replace" });
		sameValues(await replaced.get(), { data: Int8Array.of(0, 0), shape: [2] }, "replaced");
		equal(
			(await keysOf(con)).filter((key) => key.startsWith("a/")),
			["a/zarr.json"],
			"objects",
		);
		equal(first.name, "a", "the old handle's name");
		const made = await con.createDataset("new", { ...SMALL, ifExists: "replace" });
		equal(made.shape, [4], "replace where there is none");
	}),
	where(lists, "what cannot be written replaces nothing", async (con) => {
		const ds = await con.createDataset("a", { data: Int8Array.of(1, 2, 3) });
		const replace = (options: object) => con.createDataset("a", { ...options, ifExists: "replace" });
		await rejects(() => replace({ data: [1, 2], shape: [3] }), "INVALID_ARGUMENT", "values that do not fit the shape");
		await rejects(() => replace({ data: [1.5], dtype: "int8" }), "INVALID_ARGUMENT", "values that do not fit the type");
		await rejects(() => replace({ data: ds, shape: [4] }), "INVALID_ARGUMENT", "a dataset of another shape");
		await rejects(() => replace({ data: ds }), "INVALID_ARGUMENT", "the dataset itself");
		sameValues(await ds.get(), { data: Int8Array.of(1, 2, 3), shape: [3] }, "what was there");
	}),
	where(lists, "nothing of a deleted dataset is left", async (con) => {
		await make(con, "other");
		const before = await keysOf(con);
		const ds = await con.createDataset("a", { data: new Int16Array(64).fill(3), chunkShape: [3] });
		await ds.setAttributes({ x: 1 });
		await con.deleteDataset("a");
		equal(await keysOf(con), before, "objects");
		await rejects(() => con.getDataset("a"), "NOT_FOUND", "the deleted one");
		const again = await con.createDataset("a", { shape: [64], dtype: "int16", chunkShape: [3] });
		sameValues(await again.get(), { data: new Int16Array(64), shape: [64] }, "one created again");
	}),
	where(
		({ supports }) => supports.createIfAbsent === true,
		"of several creators one wins",
		async (con) => {
			for (const name of ["x", "y", "group/z"]) {
				const create = () => con.createDataset(name, SMALL);
				const won = await Promise.all(Array.from({ length: 8 }, () => succeeds(create, "ALREADY_EXISTS")));
				equal(won.filter(Boolean).length, 1, `winners of ${name}`);
			}
			const open = () => con.createDataset("w", { ...SMALL, ifExists: "open" });
			equal((await Promise.all(Array.from({ length: 8 }, open))).length, 8, "with ifExists open everyone has it");
		},
	),
];
