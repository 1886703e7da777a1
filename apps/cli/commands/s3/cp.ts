import type { Command } from "commander";
import { hasScheme } from "../../../../src/target-text.js";
import { examples, type Start } from "../../command.js";
import type { End, MoveOptions } from "../../objects/ends.js";
import { move } from "../../objects/move-objects.js";
import { addContentType, addIfExists } from "../../objects/move-options.js";
import { openObjects, readObjectAddress } from "../../objects/open-objects.js";
import type { Shell } from "../../shell.js";

export function define(command: Command, start: Start): void {
	command
		.argument("<source>", "an object, with -r a directory; a path without # is a local file")
		.argument("<destination>", "an object; or a directory, which ends in a slash, or a store; or a local path")
		.option("-r, --recursive", "everything in a directory, into a directory");
	addContentType(addIfExists(command, "object"))
		.addHelpText(
			"after",
			`
Between stores objects pass through this machine, one after another or several at once as
memory allows, each checked for its length.
${examples("tesserae s3 cp s3://bucket/a.bin s3://other/", "tesserae s3 cp -r file:scan.zarr s3://bucket/scan.zarr")}`,
		)
		.action((source: string, destination: string, options: MoveOptions) =>
			start(async (shell) => move(shell, await endOf(shell, source), await endOf(shell, destination), options)),
		);
}

/** What has a scheme or a `#` is in a store. */
async function endOf(shell: Shell, text: string): Promise<End> {
	if (!hasScheme(text) && !text.includes("#")) return { kind: "local", path: text };
	return { kind: "objects", ...(await openObjects(shell, readObjectAddress(text))) };
}
