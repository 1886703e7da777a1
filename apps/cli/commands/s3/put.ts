import type { Command } from "commander";
import { examples, type Start } from "../../command.js";
import type { End, MoveOptions } from "../../objects/ends.js";
import { move } from "../../objects/move-objects.js";
import { addContentType, addIfExists } from "../../objects/move-options.js";
import { openObjects, readObjectAddress } from "../../objects/open-objects.js";
import type { Shell } from "../../shell.js";

export function define(command: Command, start: Start): void {
	command
		.argument("<file>", "a file, with -r a directory, or - for stdin")
		.argument("<address>", "where it goes: an object; or a directory, which ends in a slash, or a store")
		.option("-r, --recursive", "everything in a directory, into a directory");
	addContentType(addIfExists(command, "object"))
		.addHelpText(
			"after",
			examples(
				"tesserae s3 put scan.nii.gz s3://bucket/scans/",
				"tesserae s3 put -r ./photos s3://bucket/photos",
				"zcat log.gz | tesserae s3 put - s3://bucket/log.txt",
			),
		)
		.action((file: string, address: string, options: MoveOptions) =>
			start((shell) => put(shell, file, address, options)),
		);
}

async function put(shell: Shell, file: string, text: string, options: MoveOptions): Promise<void> {
	const address = readObjectAddress(text);
	const from: End = file === "-" ? { kind: "stream" } : { kind: "local", path: file };
	await move(shell, from, { kind: "objects", ...(await openObjects(shell, address)) }, options);
}
