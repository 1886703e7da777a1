import type { Command } from "commander";
import { type CommandModule, examples, type Start } from "../command.js";

/** Summary and module of each command, in the order of the help. */
const COMMANDS: { readonly [name: string]: readonly [summary: string, load: () => Promise<CommandModule>] } = {
	ls: ["list objects and directories", () => import("./s3/ls.js")],
	cat: ["print an object", () => import("./s3/cat.js")],
	get: ["copy objects to files", () => import("./s3/get.js")],
	put: ["copy files to objects", () => import("./s3/put.js")],
	cp: ["copy objects, between stores too", () => import("./s3/cp.js")],
	rm: ["delete objects", () => import("./s3/rm.js")],
	head: ["tell size, version and time of an object", () => import("./s3/head.js")],
	probe: ["measure what a store can do", () => import("./s3/probe.js")],
	mb: ["make a bucket", () => import("./s3/mb.js")],
	rb: ["remove an empty bucket", () => import("./s3/rb.js")],
	presign: ["make a URL by which others get or send an object", () => import("./s3/presign.js")],
	uploads: ["list uploads that were never completed, and abort them", () => import("./s3/uploads.js")],
	restore: ["make an old version of an object the current one", () => import("./s3/restore.js")],
};

const ADDRESSES = `
An address is s3://BUCKET/KEY, ceph://BUCKET/KEY, CLUSTER:s3://BUCKET/KEY, for a web
server https://HOST/PATH/KEY, and for any other store TARGET#KEY: file:DIR#KEY, or
scan.sqlite#KEY. Nothing in a key is escaped. A directory is what keys before a slash
have in common.
`;

export function define(command: Command, start: Start): void {
	command.usage("COMMAND ADDRESS [options]").helpCommand(false);
	for (const [name, [summary]] of Object.entries(COMMANDS)) command.command(name).description(summary);
	command.hook("preSubcommand", async (_, called) => {
		const [, load] = COMMANDS[called.name()] as (typeof COMMANDS)[string];
		(await load()).define(called, start);
	});
	command.addHelpText(
		"after",
		ADDRESSES +
			examples(
				"tesserae s3 ls s3://bucket/photos/",
				"tesserae s3 get -r s3://bucket/photos ./photos",
				"tesserae s3 cat scan.sqlite#zarr.json",
			),
	);
}
