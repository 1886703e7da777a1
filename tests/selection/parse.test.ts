import { describe, expect, it } from "vitest";
import { parseSelection } from "../../dist/src/selection/parse.js";
import { ellipsis, newaxis, slice } from "../../dist/src/selection/selection.js";

describe("a selection as a string", () => {
	it.each([
		["", []],
		["   ", []],
		["3", [3]],
		["-1", [-1]],
		["-0", [0]],
		["+4", [4]],
		[":", [slice(null, null)]],
		["::", [slice(null, null)]],
		["36:80, 89:, :56", [slice(36, 80), slice(89, null), slice(null, 56)]],
		["::-1", [slice(null, null, -1)]],
		[" 2 : 8 : -1 ", [slice(2, 8, -1)]],
		["0, 2:8:-1, ..., newaxis, [0,2,5]", [0, slice(2, 8, -1), ellipsis, newaxis, [0, 2, 5]]],
		["None,1", [newaxis, 1]],
		["[True, False,true , false]", [[true, false, true, false]]],
		["[]", [[]]],
		["[ 1, -2, ]", [[1, -2]]],
		["1,", [1]],
		["9007199254740993", [9007199254740993n]],
		["1:9007199254740993", [slice(1, 2 ** 53)]],
	])("reads %j", (text, expected) => {
		expect(parseSelection(text)).toEqual(expected);
	});

	it("reads axis names, which may hold spaces and letters of any script", () => {
		expect(parseSelection("z=3, y = 0:10,time of day=[1], λ=:")).toEqual(
			new Map<string, unknown>([
				["z", 3],
				["y", slice(0, 10)],
				["time of day", [1]],
				["λ", slice(null, null)],
			]),
		);
	});

	it.each([
		["0, 2:x, 3", "0, 2:^x, 3", 6, /expected an integer, found "x"/],
		["1.5", "^1.5", 1, /expected an integer, found "1.5"/],
		["1 2", "1 ^2", 3, /expected a comma or the end, found "2"/],
		["1,,2", "1,^,2", 3, /expected an index, .*found ","/],
		[",", "^,", 1, /found ","/],
		["0:5:0", "0:5:^0", 5, /step is 0/],
		["1:2:3:4", "1:2:3^:4", 6, /expected a comma or the end, found ":"/],
		["[1, 2", "[1, 2^", 6, /expected a comma or \], found the end/],
		["[[1]]", "[^[1]]", 2, /expected an integer, True, False or \], found "\["/],
		["[0:3]", "[0^:3]", 3, /expected a comma or \]/],
		["True", "^True", 1, /brackets/],
		["z=1, 2", "z=1, ^2", 6, /name every axis or none/],
		["2, z=1", "2, ^z=1", 4, /name every axis or none/],
		["z=1, z=2", "z=1, ^z=2", 6, /"z" is given twice/],
		["z=", "z=^", 3, /found the end/],
		["=1", "^=1", 1, /found "="/],
		["3]", "3^]", 2, /found "\]"/],
	])("refuses %j at its column", (text, pointed, column, message) => {
		const error = thrownBy(() => parseSelection(text));
		expect(error).toMatchObject({ name: "StoreError", code: "INVALID_ARGUMENT" });
		expect(error.message).toContain(`selection ${JSON.stringify(pointed)}, column ${column} `);
		expect(error.message).toMatch(message);
		expect(error.message).not.toContain("\n");
	});

	it("abridges a long text around the column", () => {
		const error = thrownBy(() => parseSelection(`[${"1,".repeat(5000)}x${",2".repeat(5000)}]`));
		expect(error.message.length).toBeLessThan(250);
		expect(error.message).toMatch(/1,1,\^x,2,2.*column 10002/);
	});
});

function thrownBy(call: () => unknown): Error {
	try {
		call();
	} catch (error) {
		return error as Error;
	}
	throw new Error("nothing was thrown");
}
