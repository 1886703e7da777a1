/**
 * The package as a bundler makes it for browsers. Run as a program it prints what a page loads: `npm run build && node tests/browser/bundle.mjs`.
 */
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Minified ES modules: one for each program of `entries`, by name, and one for each part that is loaded when it is used. */
export async function bundle(entries, directory) {
	const bundler = await rolldown({
		input: entries,
		platform: "browser",
		cwd: ROOT,
		external: /^node:/,
		logLevel: "silent",
	});
	const output = {
		minify: true,
		minifyInternalExports: false,
		entryFileNames: "[name].js",
		chunkFileNames: "[name]-[hash].js",
	};
	const written = directory === undefined ? bundler.generate(output) : bundler.write({ ...output, dir: directory });
	const chunks = (await written).output.filter(({ type }) => type === "chunk");
	await bundler.close();
	return chunks;
}

/** By part: the bytes that are loaded for it beside those of `connect` itself. */
function sizes(chunks) {
	const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
	const closure = (name, known = new Set()) => {
		const chunk = byName.get(name);
		if (chunk === undefined || known.has(name)) return known;
		known.add(name);
		for (const next of chunk.imports) closure(next, known);
		return known;
	};
	const entry = chunks.find(({ isEntry }) => isEntry).fileName;
	const base = closure(entry);
	const rows = [["import { connect }", [...base]]];
	const later = chunks.filter(({ isDynamicEntry, fileName }) => isDynamicEntry && !base.has(fileName));
	for (const { fileName, facadeModuleId } of later)
		rows.push([partOf(facadeModuleId), [...closure(fileName)].filter((name) => !base.has(name))]);
	const size = (names, measure) => names.reduce((sum, name) => sum + measure(byName.get(name).code), 0);
	return rows.map(([part, names]) => ({
		part,
		minified: size(names, (code) => Buffer.byteLength(code)),
		gzip: size(names, (code) => gzipSync(code).length),
	}));
}

/** `…/dist/backends/ram/index.js` → `backends/ram`. */
function partOf(file) {
	const path = relative(ROOT, file)
		.replace(/^dist\//, "")
		.replace(/^.*node_modules\//, "");
	return path.endsWith("/index.js") ? dirname(path) : path.replace(/\.js$/, "");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
	const rows = sizes(await bundle({ minimal: fileURLToPath(new URL("./minimal.ts", import.meta.url)) }));
	console.log(`${"".padEnd(32)}${"minified".padStart(10)}${"gzip".padStart(10)}`);
	for (const { part, minified, gzip } of rows) console.log(`${part.padEnd(32)}${kb(minified)}${kb(gzip)}`);
}
