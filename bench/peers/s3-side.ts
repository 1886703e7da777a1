/**
 * A side of `npm run bench:s3`, over the gateway that the environment names: `node s3-side.js ENGINE sdk|lean [GAP]` is this library, `node s3-side.js
 * zarrita` is zarrita.js with its own store for HTTP.
 */
import FetchStore from "@zarrita/storage/fetch";
import { connect, slice } from "tesserae";
import * as zarr from "zarrita";
import { versionIn } from "../support/machine.js";
import type { Box } from "../support/peers/commands.js";
import { type Implementation, serveCommands } from "../support/peers/serve-commands.js";

const [engine = "sequential", requests = "sdk", gap] = process.argv.slice(2);

type ReadBox = (box: Box) => Promise<Uint16Array>;

async function openOurs(path: string): Promise<ReadBox> {
	const connection = await connect(`s3://${path}`, {
		engine,
		requests,
		mode: "r",
		...(gap === undefined ? {} : { ranges: { gap } }),
	});
	const dataset = await connection.getDataset("", { dtype: "uint16" });
	return async (box) => (await dataset.get(box.map(([start, stop, step]) => slice(start, stop, step)))).data;
}

async function openZarrita(path: string): Promise<ReadBox> {
	const store = new FetchStore(`${process.env.AWS_ENDPOINT_URL_S3}/${path}`);
	const array = (await zarr.open.v3(zarr.root(store), { kind: "array" })) as zarr.Array<"uint16", FetchStore>;
	return async (box) =>
		(
			await zarr.get(
				array,
				box.map(([start, stop, step]) => zarr.slice(start, stop, step)),
			)
		).data;
}

const opened = new Map<string, Promise<ReadBox>>();

const reader: Implementation["reader"] = (path) => {
	const open = engine === "zarrita" ? openZarrita : openOurs;
	const found = opened.get(path) ?? open(path);
	opened.set(path, found);
	return found;
};

async function refuse(): Promise<never> {
	throw new Error("this side only reads");
}

const versions: Implementation["versions"] =
	engine === "zarrita"
		? { zarrita: versionIn("node_modules/zarrita/package.json") }
		: { tesserae: versionIn("package.json") };
await serveCommands({ versions, reader, copier: refuse, overwriter: refuse });
