/** Files of the Petrel SDK are read as Python reads them: the same values, and the same files refused. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseIni } from "../../dist/src/config/ini.js";
import { Values } from "../../dist/src/config/interpolate.js";

type Sections = Readonly<Record<string, Readonly<Record<string, string>>>>;

const PROGRAM = fileURLToPath(new URL("ini_peer.py", import.meta.url));
const hasPython = spawnSync("python3", ["-c", "import configparser"]).status === 0;

function python(files: readonly string[]): (Sections | null)[] {
	const { stdout, stderr, status } = spawnSync("python3", [PROGRAM], {
		input: JSON.stringify(files),
		encoding: "utf8",
	});
	if (status !== 0) throw new Error(stderr);
	return JSON.parse(stdout);
}

function ours(file: string): Sections | null {
	try {
		const { defaults, sections } = parseIni("x.conf", file);
		return Object.fromEntries(
			[...sections].map(([name, { entries }]) => {
				const values = new Values("x.conf", (key) => entries.get(key) ?? defaults.get(key));
				const keys = new Set([...defaults.keys(), ...entries.keys()]);
				return [name, Object.fromEntries([...keys].map((key) => [key, values.get(key) ?? ""]))];
			}),
		);
	} catch {
		return null;
	}
}

const name = fc.constantFrom("a", "b", "Key", "host_base", "x y", "k-1", "k-2", "k-3", "k-4", "B");
const piece = fc.oneof(
	fc.constantFrom("v", " ", "%%", "=", ":", "#", ";", "http://h", "é", "]", "[", ")", "(", "s"),
	fc.constantFrom("%(a)s", "%(B)s", "%(key)s", "%(host_base)s", "%(none)s", "%", "%(a)", "%(x y)s"),
);
const value = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom("v", "w/x", "%(a)s") }, piece), {
	maxLength: 4,
});
const line = fc.oneof(
	{
		weight: 24,
		arbitrary: fc
			.tuple(name, fc.constantFrom("=", ":", " = ", " : ", "= "), value)
			.map(([key, sign, pieces]) => key + sign + pieces.join("")),
	},
	{ weight: 12, arbitrary: fc.constantFrom("[a]", "[b]", "[DEFAULT]", "[A]", "[c d]", "[e]") },
	fc.constantFrom("", "# x = 1", "; y", "   # z", "  ", "nothing", "= v"),
);
const HEADS = ["[first]", "[DEFAULT]\na = va\nKEY = vk\nb=%(key)s\nhost_base = h\nx y = z\n[first]"];
const document = fc
	.tuple(fc.constantFrom(...HEADS), fc.array(line, { maxLength: 12 }), fc.constantFrom("\n", "\r\n"))
	.map(([head, lines, end]) => [...head.split("\n"), ...lines].join(end));

test.skipIf(!hasPython)("2000 files", () => {
	const files = fc.sample(document, { numRuns: 2000, seed: 20 });
	const [expected, read] = [python(files), files.map(ours)];
	const accepted = expected.filter((sections) => sections !== null);
	expect(accepted.length).toBeGreaterThan(150);
	expect(accepted.filter((sections) => Object.keys(sections).length > 2).length).toBeGreaterThan(30);
	for (const [n, file] of files.entries()) expect({ file, read: read[n] }).toEqual({ file, read: expected[n] });
});

test.skipIf(!hasPython)("values that other values are put into, over several steps and sections", () => {
	const file = `[DEFAULT]
zone = %(city)s-1
city = here
[a]
City = there
url = http://%(zone)s:%(port)s/100%%
port: 80
[b]
port =
url = %(zone)s%(port)s
[Default]
extra = %(zone)s
`;
	expect(ours(file)).toEqual(python([file])[0]);
	expect(ours(file)?.a).toMatchObject({ url: "http://there-1:80/100%", extra: "there-1" });
});

test.skipIf(!hasPython)("chains of values, which may be ten steps long", () => {
	const chain = (length: number, last: string, keys = [...Array(length).keys()]): string =>
		`[a]\n${keys.map((n) => `k${n} = %(k${n + 1})s`).join("\n")}\nk${length} = ${last}\n`;
	const backwards = (length: number) => chain(length, "v", [...Array(length).keys()].reverse());
	const files = [8, 9, 10, 11, 12].flatMap((n) => [chain(n, "v"), chain(n, "v%%"), backwards(n)]);
	expect(files.map(ours)).toEqual(python(files));
	expect(files.map((file) => ours(file) !== null)).toEqual(
		[8, 9, 10, 11, 12].flatMap((n) => [n <= 10, n <= 9, n <= 10]),
	);
});
