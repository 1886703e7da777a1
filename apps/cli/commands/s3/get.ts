import type { Command } from "commander";
import { examples, type Start } from "../../command.js";
import type { End, MoveOptions } from "../../objects/ends.js";
import { move, moveItem } from "../../objects/move-objects.js";
import { addIfExists } from "../../objects/move-options.js";
import { withService } from "../../objects/object-services.js";
import { lastName, noSuchObject, openObjects, readKey, readObjectAddress } from "../../objects/open-objects.js";
import { fileMode } from "../../option-values.js";
import type { Shell } from "../../shell.js";
import { UsageError } from "../../usage-error.js";

interface Options extends MoveOptions {
	readonly versionId?: string;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "an object, or with -r a directory")
		.argument("[file]", "a file, a directory, or - for stdout; by default a file of the object's name, here")
		.option("-r, --recursive", "everything in a directory, into a directory")
		.option("--version-id <id>", "an old version, as `ls --versions` names it")
		.option("--file-mode <octal>", "mode of new files; default 640, less the umask", fileMode);
	addIfExists(command, "file")
		.addHelpText(
			"after",
			examples(
				"tesserae s3 get s3://bucket/scan.nii.gz",
				"tesserae s3 get -r s3://bucket/photos ./photos --if-exists skip",
			),
		)
		.action((address: string, file: string | undefined, options: Options) =>
			start((shell) => get(shell, address, file, options)),
		);
}

async function get(shell: Shell, text: string, file: string | undefined, options: Options): Promise<void> {
	const { recursive, versionId } = options;
	const address = recursive ? readObjectAddress(text) : readKey(text);
	if (recursive && (file === undefined || file === "-"))
		throw new UsageError("--recursive copies into a directory: name it, such as . for this one");
	if (recursive && versionId !== undefined)
		throw new UsageError("--version-id is of one object: leave --recursive out");
	const to = endOf(shell, file ?? lastName(address.key));
	if (versionId === undefined)
		return move(shell, { kind: "objects", ...(await openObjects(shell, address)) }, to, options);
	await withService(shell, address.target, async (service) => {
		const stream = await service.getVersion(address.key, versionId, { signal: shell.signal });
		if (stream === undefined) throw noSuchObject(address);
		await moveItem(shell, { name: lastName(address.key), size: undefined, open: async () => stream }, to, options);
	});
}

/** @throws UsageError where both the object and a document are wanted on stdout */
function endOf(shell: Shell, path: string): End {
	if (path !== "-") return { kind: "local", path };
	if (shell.json) throw new UsageError("--json and the object cannot both go to stdout");
	return { kind: "stream" };
}
