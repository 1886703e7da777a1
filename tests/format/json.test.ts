import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatJson, type Json, parseJson } from "../../dist/src/format/json.js";
import { jsonFromUser } from "../../dist/src/format/json-from-user.js";
import { expectRefusal, refusalOf } from "./refusal.js";

const key = "a/zarr.json";
const read = (text: string): Json => parseJson(text, key);

const number = fc.oneof(
	fc.double({ noDefaultInfinity: true, noNaN: true }),
	fc.integer(),
	fc.maxSafeInteger(),
	fc.constantFrom(-0, 2 ** 53, 2 ** 60, -(2 ** 70), 1e21, 5e-324),
);
const bigint = fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }).chain((n) => fc.constantFrom(n, -n));
const { json } = fc.letrec<{ json: Json; list: Json[]; object: { [name: string]: Json } }>((tie) => ({
	json: fc.oneof(
		{ maxDepth: 4, depthSize: "small" },
		fc.constantFrom(null, true, false),
		number,
		bigint,
		fc.string({ unit: "binary" }),
		tie("list"),
		tie("object"),
	),
	list: fc.array(tie("json"), { maxLength: 4 }),
	object: fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), tie("json"), {
		maxKeys: 4,
		noNullPrototype: true,
	}),
}));

describe("numbers", () => {
	it.each<[text: string, value: Json]>([
		["9007199254740991", 9007199254740991],
		["9007199254740992", 9007199254740992n],
		["9007199254740993", 9007199254740993n],
		["-9223372036854775808", -9223372036854775808n],
		["18446744073709551615", 18446744073709551615n],
		["9007199254740993.0", 9007199254740992],
		["1e3", 1000],
		["-0", -0],
		["-0.0", -0],
		["0.1", 0.1],
		["NaN", Number.NaN],
		["[-Infinity, Infinity]", [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]],
	])("reads %s", (text, value) => {
		expect(read(text)).toStrictEqual(value);
	});

	it.each<[value: Json, text: string]>([
		[9007199254740993n, "9007199254740993"],
		[-(2n ** 63n), "-9223372036854775808"],
		[-0, "-0.0"],
		[2 ** 60, "1152921504606847000.0"],
		[Number.POSITIVE_INFINITY, "1e999"],
		[Number.NaN, "NaN"],
	])("writes %s", (value, text) => {
		expect(formatJson(value)).toBe(text);
		expect(read(text)).toStrictEqual(value);
	});
});

describe("round trip", () => {
	it.each([0, 1, 2])("returns what was written with indent %i", (indent) => {
		fc.assert(
			fc.property(json, (value) => {
				expect(read(formatJson(value, indent))).toStrictEqual(value);
			}),
		);
	});

	it("agrees with JSON.parse and JSON.stringify where these lose nothing", () => {
		fc.assert(
			fc.property(fc.json(), fc.constantFrom(undefined, 2, "\t"), (text, space) => {
				const value = JSON.parse(text) as Json;
				if (/-0\b|\d{16}/.test(text)) return;
				expect(read(JSON.stringify(value, null, space))).toStrictEqual(value);
				expect(JSON.parse(formatJson(value))).toStrictEqual(value);
				expect(formatJson(value, 0)).toBe(JSON.stringify(value));
			}),
		);
	});

	it("keeps lists of scalars on one line and indents the rest", () => {
		const value: Json = { shape: [1, 2], codecs: [{ name: "bytes" }], attributes: {} };
		const text =
			'{\n  "shape": [1, 2],\n  "codecs": [\n    {\n      "name": "bytes"\n    }\n  ],\n  "attributes": {}\n}';
		expect(formatJson(value)).toBe(text);
	});
});

describe("broken text", () => {
	it.each([
		["", "the end of the text: expected a value"],
		["{", "the end of the text: expected a member's name"],
		["[1,]", "line 1, column 4: expected a value"],
		['{\n "a": 1,\n}', "line 3, column 1: expected a member's name"],
		["[1 2]", 'column 4: expected "," or "]"'],
		['{"a" 1}', 'column 6: expected ":"'],
		["{'a': 1}", "column 2: expected a member's name"],
		["[1] x", "column 5: expected the end"],
		["01", '"01" is no number'],
		["1.", '"1." is no number'],
		["+1", '"+1" is no number'],
		["nul", "column 1: expected a value"],
		["undefined", "column 1: expected a value"],
		['"abc', "closing quote"],
		['"a\\', "closing quote"],
		['"a\nb"', "column 3: control character"],
		['["\\x41"]', "column 2: a string with an unknown escape"],
		["\ufeff{}", "column 1"],
	])("refuses %j", (text, where) => {
		expectRefusal(() => read(text), "CORRUPT", key, where);
		expect(refusalOf(() => read(text)).key).toBe(key);
	});

	it("refuses exactly what JSON.parse refuses", () => {
		const mutated = fc.tuple(
			fc.json(),
			fc.nat(),
			fc.constantFrom("", ",", "]", "}", '"', "\\", "0", "-", ".", "e", " ", "\n", "\u0001"),
		);
		fc.assert(
			fc.property(mutated, ([text, place, character]) => {
				const at = place % text.length;
				const broken = text.slice(0, at) + character + text.slice(at + 1);
				const isJson = (parse: () => unknown) => {
					try {
						parse();
						return true;
					} catch {
						return false;
					}
				};
				expect(isJson(() => read(broken))).toBe(isJson(() => JSON.parse(broken)));
			}),
			{ numRuns: 1000 },
		);
	});
});

describe("hostile text", () => {
	it("keeps __proto__ as a member and never as a prototype", () => {
		const value = read('{"__proto__": {"polluted": true}, "a": {"__proto__": null}}') as { a: object };
		for (const object of [value, value.a]) {
			expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
			expect(Object.hasOwn(object, "__proto__")).toBe(true);
		}
		expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
		expect(JSON.parse(formatJson(value as Json, 0))).toStrictEqual(value);
	});

	it("refuses deep nesting before the stack ends", () => {
		expect(read("[".repeat(512) + "]".repeat(512))).toHaveLength(1);
		expectRefusal(() => read("[".repeat(513) + "]".repeat(513)), "CORRUPT", "nested more than 512 deep");
		expectRefusal(() => read('{"a":'.repeat(1e6)), "CORRUPT", "nested");
	});

	it("refuses numbers that take more than linear time", () => {
		expect(read("9".repeat(4096))).toBe(10n ** 4096n - 1n);
		expectRefusal(() => read("9".repeat(1e6)), "CORRUPT", "a number of more than 4096 characters");
	});

	it("refuses texts beyond 64 Mi characters", () => {
		expectRefusal(() => read(" ".repeat(2 ** 26 + 1)), "TOO_LARGE", key);
	});

	it.each([
		["spaces", " ".repeat(4e6)],
		["an open string", `"${"a".repeat(4e6)}`],
		["an open string of escapes", `"${"\\n".repeat(2e6)}`],
		["quotes", '"'.repeat(4e6)],
		["signs", "-".repeat(4e6)],
		["lines", `[\n${"1,\n".repeat(1e6)}`],
		["repeated members", `{${'"a":0,'.repeat(6e5)}`],
	])("refuses 4 MB of %s in linear time", (_, text) => {
		const start = performance.now();
		expectRefusal(() => read(text), "CORRUPT", key);
		expect(performance.now() - start).toBeLessThan(2000);
	});
});

describe("values of users", () => {
	it("copies plain values and leaves undefined members out", () => {
		const given = {
			a: [1, { b: null }],
			big: 2n ** 70n,
			none: undefined,
			bare: Object.assign(Object.create(null), { x: "y" }),
		};
		const copy = jsonFromUser(given, "attributes");
		expect(copy).toStrictEqual({ a: [1, { b: null }], big: 2n ** 70n, bare: { x: "y" } });
		expect((copy as { a: Json }).a).not.toBe(given.a);
	});

	const cycle: unknown[] = [];
	cycle.push(cycle);
	it.each<[what: string, value: unknown, parts: string[]]>([
		["NaN", { a: { b: [0, Number.NaN] } }, ["attributes.a.b[1]", '"NaN"']],
		["infinity", { a: Number.POSITIVE_INFINITY }, ["attributes.a", '"Infinity"']],
		["a date", { a: new Date(0) }, ["attributes.a", "Date"]],
		["a map", { a: new Map() }, ["attributes.a", "Map"]],
		["a typed array", { a: new Float32Array(1) }, ["attributes.a", "Float32Array"]],
		["a function", { a: () => 1 }, ["attributes.a", "function"]],
		["a hole", [undefined], ["attributes[0]", "undefined"]],
		["a huge integer", { a: 10n ** 5000n }, ["attributes.a", "digits"]],
		["a cycle", cycle, ["a part of itself"]],
	])("refuses %s by place", (_, value, parts) => {
		expectRefusal(() => jsonFromUser(value, "attributes"), "INVALID_ARGUMENT", ...parts);
	});

	it("accepts nothing that could not be read again", () => {
		let nested: Json = 1;
		for (let depth = 0; depth < 500; depth++) nested = [nested];
		const document: Json = { attributes: jsonFromUser(nested, "attributes") };
		expect(read(formatJson(document))).toStrictEqual(document);
		const largest = 10n ** 4095n - 1n;
		expect(read(formatJson(jsonFromUser(-largest, "attributes")))).toBe(-largest);
	});
});
