import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	type ConsolidatedNode,
	formatConsolidated,
	parseConsolidated,
	parseConsolidatedV2,
} from "../../dist/src/format/consolidated.js";
import { formatJson, type Json, parseJson } from "../../dist/src/format/json.js";
import { EXAMPLE, GROUP, KEY } from "./documents.js";
import { expectRefusal } from "./refusal.js";

const array = (path: string): ConsolidatedNode => ({ path, nodeType: "array", document: EXAMPLE });
const group = (path: string): ConsolidatedNode => ({ path, nodeType: "group", document: GROUP });

describe("consolidated metadata", () => {
	it("is read as it was written, through text", () => {
		const nodes = [group("a"), array("b"), group("a/c"), array("a/c/d")];
		const text = formatJson(formatConsolidated(nodes));
		const read = parseConsolidated(parseJson(text, KEY), KEY);
		expect(read.map(({ path, nodeType }) => [path, nodeType])).toEqual(nodes.map((node) => [node.path, node.nodeType]));
		expect(read.find(({ path }) => path === "b")?.document).toEqual(EXAMPLE);
	});

	it("has parents before children and siblings together, whatever order and case the names are in", () => {
		const segment = fc.constantFrom("a", "A", "b", "a-b", "a.b", "é", "É", "10", "9");
		const paths = fc.uniqueArray(
			fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join("/")),
			{ maxLength: 30 },
		);
		const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
		fc.assert(
			fc.property(paths, (names) => {
				const written = Object.keys(formatConsolidated(names.map(array)).metadata as object);
				// Objects of JavaScript put names that are whole numbers first.
				const kept = written.filter((name) => !/^\d+$/.test(name));
				expect([...written].sort()).toEqual([...names].sort());
				const depths = kept.map((name) => name.split("/").length);
				expect(depths).toEqual([...depths].sort((a, b) => a - b));
				for (const depth of new Set(depths)) {
					const parents = kept.filter((_, i) => depths[i] === depth).map(parentOf);
					const runs = parents.filter((parent, i) => parent !== parents[i - 1]);
					expect(new Set(runs).size, written.join()).toBe(runs.length);
				}
			}),
		);
	});

	it.each<[member: Json, code: "CORRUPT" | "UNSUPPORTED", words: string]>([
		[[], "CORRUPT", "an object"],
		[{}, "CORRUPT", '"kind"'],
		[{ kind: "linked", metadata: {} }, "UNSUPPORTED", '"linked"'],
		[{ kind: "inline" }, "CORRUPT", '"metadata"'],
		[{ kind: "inline", metadata: { x: null } }, "CORRUPT", '"x"'],
		[{ kind: "inline", metadata: { x: { zarr_format: 2 } } }, "UNSUPPORTED", '"x": member "zarr_format"'],
		[{ kind: "inline", metadata: { x: { zarr_format: 3, node_type: "view" } } }, "CORRUPT", '"view"'],
		[{ kind: "inline", metadata: { "a//b": EXAMPLE } }, "CORRUPT", "a//b"],
		[{ kind: "inline", metadata: { "/a": EXAMPLE } }, "CORRUPT", '"/a"'],
	])("is refused as %j", (member, code, words) => {
		expectRefusal(() => parseConsolidated(member, KEY), code, `${KEY}: member "consolidated_metadata": `, words);
	});
});

describe(".zmetadata", () => {
	const zarray = { zarr_format: 2, shape: [1], chunks: [1], dtype: "<i8", fill_value: 9007199254740993n };
	const document = {
		zarr_consolidated_format: 1,
		metadata: {
			".zgroup": { zarr_format: 2 },
			".zattrs": { title: "root" },
			"a/.zgroup": { zarr_format: 2 },
			"a/b/.zarray": zarray,
			"a/b/.zattrs": { big: 9007199254740993n },
			"a/b/notes.txt": "no metadata",
		},
	};

	it("gives every node with its attributes", () => {
		expect(parseConsolidatedV2(formatJson(document), ".zmetadata")).toEqual([
			{ path: "", nodeType: "group", document: { zarr_format: 2 }, attributes: { title: "root" } },
			{ path: "a", nodeType: "group", document: { zarr_format: 2 }, attributes: {} },
			{ path: "a/b", nodeType: "array", document: zarray, attributes: { big: 9007199254740993n } },
		]);
	});

	it.each<[content: Json, code: "CORRUPT" | "UNSUPPORTED", words: string]>([
		[[], "CORRUPT", "an object"],
		[{ metadata: {} }, "CORRUPT", '"zarr_consolidated_format"'],
		[{ zarr_consolidated_format: 2, metadata: {} }, "UNSUPPORTED", "version 2"],
		[{ zarr_consolidated_format: 1 }, "CORRUPT", '"metadata"'],
		[{ zarr_consolidated_format: 1, metadata: { "x/.zarray": [] } }, "CORRUPT", "x/.zarray"],
		[{ zarr_consolidated_format: 1, metadata: { "../x/.zarray": {} } }, "CORRUPT", "../x"],
		[{ zarr_consolidated_format: 1, metadata: { ".zgroup": {}, ".zattrs": 5 } }, "CORRUPT", "attributes"],
	])("is refused as %j", (content, code, words) => {
		expectRefusal(() => parseConsolidatedV2(formatJson(content), ".zmetadata"), code, ".zmetadata: ", words);
	});

	it("that is no JSON is refused", () => {
		expectRefusal(() => parseConsolidatedV2("{", ".zmetadata"), "CORRUPT", ".zmetadata");
	});
});
