import { describe, expect, it } from "vitest";
import { checkName, chunkPrefix, metadataKey } from "../../dist/src/format/names.js";
import { expectRefusal } from "./refusal.js";

describe("names", () => {
	it.each(["", "a", "a/b/c", "µ-Kanal 1", "a.b", ".hidden", "_x", "c", "x__"])("accept %j", (name) => {
		expect(checkName(name)).toBeUndefined();
	});

	it.each([
		["/a", "slashes"],
		["a/", "slashes"],
		["a//b", "slashes"],
		["/", "slashes"],
		[".", "name the node"],
		["a/../b", "name the node"],
		["a/...", "name the node"],
		["a\0b", "NUL"],
		["__x", "reserved"],
		["a/__zarr/b", "reserved"],
		["a/zarr.json", "metadata"],
		["\ud800", "surrogate"],
	])("refuse %j with advice", (name, advice) => {
		expectRefusal(() => checkName(name), "INVALID_ARGUMENT", JSON.stringify(name), advice);
	});

	it("refuse what is no string", () => {
		expectRefusal(() => checkName(5 as unknown as string), "INVALID_ARGUMENT", "number");
	});

	it("lead to the keys of the specification", () => {
		expect([metadataKey(""), metadataKey("foo/bar")]).toEqual(["zarr.json", "foo/bar/zarr.json"]);
		expect([chunkPrefix(""), chunkPrefix("foo/bar")]).toEqual(["", "foo/bar/"]);
	});
});
