import type { Command } from "commander";
import { examples, type Start } from "../../command.js";
import { confirm } from "../../confirm.js";
import { withService } from "../../objects/object-services.js";
import { readBucket } from "../../objects/open-objects.js";
import type { Shell } from "../../shell.js";

interface Options {
	readonly yes?: boolean;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<bucket>", "s3://BUCKET or ceph://BUCKET, without objects")
		.option("-y, --yes", "do not ask, which is done on a terminal only")
		.addHelpText("after", examples("tesserae s3 rb s3://bucket"))
		.action((bucket: string, options: Options) => start((shell) => remove(shell, bucket, options)));
}

async function remove(shell: Shell, text: string, { yes }: Options): Promise<void> {
	await withService(shell, readBucket(text), async (service) => {
		if (!yes) await confirm(shell, `Remove the bucket ${service.location}?`);
		await service.deleteBucket({ signal: shell.signal });
		if (shell.json) await shell.printJson({ location: service.location, deleted: true });
	});
}
