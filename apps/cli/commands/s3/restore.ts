import type { Command } from "commander";
import { examples, type Start } from "../../command.js";
import { withService } from "../../objects/object-services.js";
import { readKey } from "../../objects/open-objects.js";
import type { Shell } from "../../shell.js";

interface Options {
	readonly versionId: string;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "an object, deleted or not")
		.requiredOption("--version-id <id>", "the version, as `ls --versions` names it")
		.addHelpText("after", examples("tesserae s3 restore s3://bucket/a.bin --version-id 3sL4kqtJlcpXroDTDmJ"))
		.action((address: string, options: Options) => start((shell) => restore(shell, address, options)));
}

async function restore(shell: Shell, text: string, { versionId }: Options): Promise<void> {
	const { target, key } = readKey(text);
	await withService(shell, target, async (service) => {
		const etag = await service.restoreVersion(key, versionId, { signal: shell.signal });
		if (shell.json) await shell.printJson({ location: service.location, key, restored: versionId, etag });
	});
}
