import type { Command } from "commander";
import { examples, type Start } from "../../command.js";
import { withService } from "../../objects/object-services.js";
import { readBucket } from "../../objects/open-objects.js";
import type { Shell } from "../../shell.js";

interface Options {
	readonly versioning?: boolean;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<bucket>", "s3://BUCKET or ceph://BUCKET")
		.option("--versioning", "keep old versions of objects, against accidents")
		.addHelpText("after", examples("tesserae s3 mb s3://bucket --versioning"))
		.action((bucket: string, options: Options) => start((shell) => make(shell, bucket, options)));
}

async function make(shell: Shell, text: string, { versioning = false }: Options): Promise<void> {
	await withService(shell, readBucket(text), async (service) => {
		await service.createBucket({ versioning, signal: shell.signal });
		if (shell.json) await shell.printJson({ location: service.location, versioning, created: true });
	});
}
