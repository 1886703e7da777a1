/** A side of `npm run bench:peers`: zarrita.js with its own store for directories. */
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import FileSystemStore from "@zarrita/storage/fs";
import * as zarr from "zarrita";
import { versionIn } from "../support/machine.js";
import type { Box } from "../support/peers/commands.js";
import { serveCommands } from "../support/peers/serve-commands.js";

type ZarritaArray = zarr.Array<"uint16", FileSystemStore>;

const opened = new Map<string, Promise<ZarritaArray>>();

function open(path: string): Promise<ZarritaArray> {
	const found = opened.get(path) ?? openNow(path);
	opened.set(path, found);
	return found;
}

async function openNow(path: string): Promise<ZarritaArray> {
	return (await zarr.open(zarr.root(new FileSystemStore(path)), { kind: "array" })) as ZarritaArray;
}

function slices(box: Box): ReturnType<typeof zarr.slice>[] {
	return box.map(([start, stop, step]) => zarr.slice(start, stop, step));
}

await serveCommands({
	versions: { zarrita: versionIn("node_modules/zarrita/package.json") },
	async reader(path) {
		const array = await open(path);
		return async (box) => (await zarr.get(array, slices(box))).data;
	},
	async copier({ path, to }) {
		const source = await open(path);
		await mkdir(to, { recursive: true });
		await copyFile(join(path, "zarr.json"), join(to, "zarr.json"));
		const target = await openNow(to);
		return async () => zarr.set(target, null, await zarr.get(source));
	},
	async overwriter({ path, from, to, box }) {
		const values = await zarr.get(await open(path), slices(from));
		const target = await open(to);
		return () => zarr.set(target, slices(box), values);
	},
});
