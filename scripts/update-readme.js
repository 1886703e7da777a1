/**
 * Brings the generated parts of README.md up to date: its program, which is `examples/quickstart.ts`; the list of examples, which is what
 * each says of itself in its first sentence; and the tables of what backends and engines support, which is what they say of themselves.
 * With `--check` nothing is written; it exits with 1 where something is not up to date.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "tesserae";

/** Examples in the order in which to read them; others follow. */
const READING_ORDER = [
	...["quickstart", "selections", "writing", "data-types", "text-and-records", "groups", "chunks", "codecs", "shards"],
	...[
		"map",
		"apply",
		"resume",
		"reductions",
		"reduce",
		"threads",
		"cluster",
		"ranks",
		"distributed",
		"streaming",
		"load-files",
		"objects",
		"parquet-and-arrow",
	],
	...[
		"append",
		"concurrent-writers",
		"errors",
		"stores",
		"object-stores",
		"http",
		"own-backend",
		"wrappers",
		"convolutions",
	],
];

/** Backends that need a server, with a target on none: what they say of themselves before anything is measured. */
const SERVED = {
	http: ["http://localhost"],
	s3: ["s3://bucket", { config: false }],
	ceph: ["ceph://bucket", { config: false, endpoint: "http://localhost" }],
};

const scratch = mkdtempSync(join(tmpdir(), "tesserae-readme-"));
const readme = readFileSync("README.md", "utf8");
const updated = await update(readme);
rmSync(scratch, { recursive: true });

if (!process.argv.includes("--check")) writeFileSync("README.md", updated);
else if (updated === readme) console.log("README.md: up to date");
else {
	console.error("README.md is not up to date: npm run readme");
	process.exitCode = 1;
}

async function update(text) {
	const program = readFileSync("examples/quickstart.ts", "utf8").replace(/^\/\*\*.*\*\/\n/, "");
	return [
		["list", "examples", examples()],
		["table", "backends", table(await backends())],
		["table", "engines", table(await engines())],
	].reduce(
		fill,
		text.replace(/```ts\n[\s\S]*?```/, () => `\`\`\`ts\n${program}\`\`\``),
	);
}

function fill(text, [kind, name, body]) {
	const place = new RegExp(`<!-- ${kind}:${name} -->[\\s\\S]*?<!-- /${kind} -->`);
	return text.replace(place, () => `<!-- ${kind}:${name} -->\n${body}\n<!-- /${kind} -->`);
}

function examples() {
	const names = readdirSync("examples")
		.filter((file) => file.endsWith(".ts"))
		.map((file) => file.slice(0, -".ts".length));
	const known = READING_ORDER.filter((name) => names.includes(name));
	const ordered = [...known, ...names.filter((name) => !known.includes(name)).sort()];
	return ordered.map((name) => `- [${name}](examples/${name}.ts): ${firstSentence(`examples/${name}.ts`)}`).join("\n");
}

/** Of the comment that a file begins with, without the title before its colon. */
function firstSentence(file) {
	const [, comment = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(file, "utf8")) ?? [];
	const text = comment.replaceAll(/\n? \* |\n/g, " ").trim();
	return /^(?:[^:.]*: )?(.*?)(?:\.(?= )|\.?$)/.exec(text)[1];
}

/** What each backend says of itself once it has been asked to measure. */
async function backends() {
	return Promise.all(
		readdirSync("backends")
			.filter((name) => name !== "shared")
			.map(async (name) => {
				const connection = await connect(...(SERVED[name] ?? [`${name}:${scratch}/${name}`]));
				const supports = name in SERVED ? connection.supports : await connection.probe();
				await connection.close();
				return [name, supports];
			}),
	);
}

async function engines() {
	// Named, and not asked.
	process.env.TESSERAE_REDIS ??= "redis://localhost";
	return Promise.all(
		readdirSync("engines")
			.filter((name) => name !== "shared")
			.map(async (name) => {
				const { supports } = (await import(`tesserae/engines/${name}`)).open({});
				return [name, supports];
			}),
	);
}

/** @param columns names with what each supports */
function table(columns) {
	// What some alone tell of themselves is for wrappers, not for readers.
	const rows = Object.keys(columns[0][1]).filter((row) => columns.every(([, supports]) => row in supports));
	const line = (cells) => `| ${cells.join(" | ")} |`;
	const mark = (value) => (value === undefined ? "measured" : value ? "yes" : "–");
	return [
		line(["", ...columns.map(([name]) => `\`${name}\``)]),
		line(["---", ...columns.map(() => "---")]),
		...rows.map((row) => line([`\`${row}\``, ...columns.map(([, supports]) => mark(supports[row]))])),
	].join("\n");
}
