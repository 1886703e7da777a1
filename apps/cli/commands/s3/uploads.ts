import type { Command } from "commander";
import type { PendingUpload } from "../../../../src/object-service.js";
import { examples, type Start } from "../../command.js";
import { withService } from "../../objects/object-services.js";
import { readObjectAddress } from "../../objects/open-objects.js";
import { duration } from "../../option-values.js";
import type { Shell } from "../../shell.js";

interface Options {
	readonly abort?: boolean;
	/** Milliseconds. */
	readonly olderThan: number;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "s3://BUCKET, or s3://BUCKET/PREFIX")
		.option("--abort", "abort them, which frees what their parts take")
		.option("--older-than <time>", "only those begun so long ago, such as 90m, 24h or 7d", duration, 0)
		.addHelpText(
			"after",
			`
An upload that still runs is listed, too, and fails when it is aborted: --older-than spares it.
${examples("tesserae s3 uploads s3://bucket", "tesserae s3 uploads s3://bucket --abort --older-than 24h")}`,
		)
		.action((address: string, options: Options) => start((shell) => list(shell, address, options)));
}

async function list(shell: Shell, text: string, { abort = false, olderThan }: Options): Promise<void> {
	const { target, key } = readObjectAddress(text);
	const { signal } = shell;
	const before = Date.now() - olderThan;
	await withService(shell, target, async (service) => {
		async function* uploads(): AsyncGenerator<PendingUpload> {
			for await (const upload of service.listUploads(key, { signal })) {
				if (olderThan > 0 && upload.started.getTime() > before) continue;
				if (abort) await service.abortUpload(upload, { signal });
				yield upload;
			}
		}
		if (shell.json)
			await shell.printJsonList(uploads(), ({ started, ...rest }) => ({
				...rest,
				started: started.toISOString(),
				aborted: abort,
			}));
		else await shell.printTable({ headings: ["started", "id", "key"], rows: rowsOf(uploads()) });
	});
}

async function* rowsOf(uploads: AsyncIterable<PendingUpload>): AsyncGenerator<readonly string[]> {
	for await (const { started, id, key } of uploads) yield [started.toISOString(), id, key];
}
