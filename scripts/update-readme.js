/**
 * Brings the generated parts of README.md up to date: the example, which is `examples/quickstart.ts`, and the tables of what backends and
 * engines support, which are what they say of themselves. With `--check` nothing is written; it exits with 1 where something is not
 * up to date.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "tesserae";

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
	const example = readFileSync("examples/quickstart.ts", "utf8");
	return text
		.replace(/```ts\n[\s\S]*?```/, () => `\`\`\`ts\n${example}\`\`\``)
		.replace(section("backends"), fill("backends", await table(await backends())))
		.replace(section("engines"), fill("engines", await table(await engines())));
}

function section(name) {
	return new RegExp(`<!-- table:${name} -->[\\s\\S]*?<!-- /table -->`);
}

function fill(name, body) {
	return () => `<!-- table:${name} -->\n${body}\n<!-- /table -->`;
}

/** What each backend says of itself once it has been asked to measure. */
async function backends() {
	return Promise.all(
		readdirSync("backends")
			.filter((name) => name !== "shared")
			.map(async (name) => {
				const connection = await connect(`${name}:${scratch}/${name}`);
				const supports = await connection.probe();
				await connection.close();
				return [name, supports];
			}),
	);
}

async function engines() {
	return Promise.all(
		readdirSync("engines").map(async (name) => {
			const connection = await connect("ram:", { engine: name });
			await connection.close();
			return [name, connection.runtime.engine.supports];
		}),
	);
}

/** @param columns names with what each supports */
function table(columns) {
	const rows = Object.keys(columns[0][1]);
	const line = (cells) => `| ${cells.join(" | ")} |`;
	const mark = (value) => (value ? "yes" : "–");
	return [
		line(["", ...columns.map(([name]) => `\`${name}\``)]),
		line(["---", ...columns.map(() => "---")]),
		...rows.map((row) => line([`\`${row}\``, ...columns.map(([, supports]) => mark(supports[row]))])),
	].join("\n");
}
