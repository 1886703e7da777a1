import fc from "fast-check";
import { type Address, formatAddress, parseAddress } from "tesserae";
import { describe, expect, it } from "vitest";

/** Any text, with more of what the grammar is made of. */
const text = fc
	.array(
		fc.oneof(fc.constantFrom("#", "[", "]", "%", "%23", "%5B", "/", "\\", ":", " "), fc.string({ unit: "binary" })),
	)
	.map((parts) => parts.join(""));

const selection = fc.constantFrom(
	"",
	"0",
	"1:9, ::-1",
	"[0, 2], ...",
	"newaxis, -1",
	"a#b=3, c%d=[1]",
	"[True, False]",
);

describe("an address", () => {
	it("is read as what it was made of, whatever the names", () => {
		const target = text.filter((name) => name !== "" && !name.includes("//"));
		fc.assert(
			fc.property(target, text, selection, (target, dataset, selection) => {
				for (const address of [{ target }, { target, dataset }, { target, dataset, selection }] satisfies Address[])
					expect(parseAddress(formatAddress(address))).toEqual(address);
			}),
		);
	});

	it("has one spelling", () => {
		fc.assert(
			fc.property(text, text, (target, name) => {
				fc.pre(target !== "" && !target.includes("//"));
				const spelt = formatAddress({ target, dataset: name });
				expect(formatAddress(parseAddress(spelt))).toBe(spelt);
			}),
		);
	});

	it.each<[string, Address]>([
		["scan.sqlite", { target: "scan.sqlite" }],
		["scan.sqlite#", { target: "scan.sqlite", dataset: "" }],
		["scan.zarr#a/b", { target: "scan.zarr", dataset: "a/b" }],
		["scan.zarr#[0]", { target: "scan.zarr", dataset: "", selection: "0" }],
		["file:./scan#data[36:80, 89:, :56]", { target: "file:./scan", dataset: "data", selection: "36:80, 89:, :56" }],
		["x#y[[0,2,5], :]", { target: "x", dataset: "y", selection: "[0,2,5], :" }],
		["x#a%23b%5b%25%20c", { target: "x", dataset: "a#b[% c" }],
		["x#a]b", { target: "x", dataset: "a]b" }],
		["C:\\scans\\monday.zarr#a[0]", { target: "C:\\scans\\monday.zarr", dataset: "a", selection: "0" }],
		["s3://bucket/my%20scans#a", { target: "s3://bucket/my%20scans", dataset: "a" }],
		["sqlite:///scans/a%23b.sqlite#x", { target: "sqlite:///scans/a%23b.sqlite", dataset: "x" }],
		["lab:s3://bucket/x%25y#a", { target: "lab:s3://bucket/x%25y", dataset: "a" }],
		["100%.zarr#a", { target: "100%.zarr", dataset: "a" }],
		["a%20b%23c[1].zarr#d", { target: "a%20b#c[1].zarr", dataset: "d" }],
	])("%s", (written, address) => expect(parseAddress(written)).toEqual(address));

	it.each([
		["", "the target is missing"],
		["#data", "the target is missing"],
		["x#a#b", '"#" in a name is written %23'],
		["x#50%", '"%" in a name is written %25'],
		["x#a%ff", '"%" in a name is written %25'],
		["x#a[0", 'close it with "]"'],
		["x#a[0]b", 'close it with "]"'],
		["x#a[zero]", "expected an integer"],
		["x#a[1,,2]", "expected"],
	])("%j is refused", (written, advice) =>
		expect(() => parseAddress(written)).toThrow(
			expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(advice) }),
		),
	);
});
