/**
 * Holds the tree to its own rules: names, sizes, the public surface, and nothing that belongs to one machine. Prints what is wrong and
 * exits with 1.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

const MAX_LINES = 300;
/** Files that are larger on purpose, each with its reason. */
const LARGER = new Map([
	["src/dataset.ts", "one thin method, with its docstring, per thing a user can do with a dataset"],
	["src/connection.ts", "the same for what a user can do with a connection"],
]);

const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
	encoding: "utf8",
});
const files = listed.split("\0").filter((file) => file !== "" && existsSync(file));
const complaints = [];

for (const file of files.filter((name) => /\.(ts|js|mjs|cjs)$/.test(name))) checkSource(file);
for (const file of files.filter(
	(name) => /\.(ts|js|mjs|cjs|md|json|sh|py)$/.test(name) && name !== "package-lock.json",
))
	checkText(file, readFileSync(file, "utf8"));
checkSurface();

for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
else console.log(`layout: ${files.length} files, nothing to complain about`);

function checkSource(file) {
	const name = basename(file);
	if (!/^\.?[a-z0-9]+([.-][a-z0-9]+)*$/.test(name)) complaints.push(`${file}: file names are kebab-case`);
	if (/^(utils?|helpers?|misc|common)\./.test(name)) complaints.push(`${file}: name it by what it does`);
	const lines = readFileSync(file, "utf8").split("\n").length - 1;
	if (lines > MAX_LINES && !LARGER.has(file) && !file.startsWith("tests/"))
		complaints.push(`${file}: ${lines} lines, more than ${MAX_LINES}`);
}

function checkText(file, text) {
	if (/(^|[\s"'`(])\/(home|root|work|Users)\/[a-z]/m.test(text))
		complaints.push(`${file}: holds a path of one machine`);
	if (/\t(TODO|FIXME)|\/\/ (TODO|FIXME)/.test(text)) complaints.push(`${file}: holds an open TODO`);
}

function checkSurface() {
	const lines = readFileSync("src/index.ts", "utf8").split("\n").length - 1;
	if (lines > 60) complaints.push(`src/index.ts: ${lines} lines; the public surface stays within 60`);
	if (!/^export /m.test(readFileSync("src/index.ts", "utf8"))) complaints.push("src/index.ts: exports nothing");
}
