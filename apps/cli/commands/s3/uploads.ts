import type { Command } from "commander";
import type { PendingUpload } from "../../../../src/object-service.js";
import { examples, type Start } from "../../command.js";
import { withService } from "../../objects/object-services.js";
import { readObjectAddress } from "../../objects/open-objects.js";
import { duration } from "../../option-values.js";
import type { Shell } from "../../shell.js";
import { UsageError } from "../../usage-error.js";

interface Options {
	readonly abort?: boolean;
	/** Milliseconds. */
	readonly olderThan?: number;
	/** Both of these at once. */
	readonly abortOlder?: number;
	readonly dryRun?: boolean;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "s3://BUCKET, or s3://BUCKET/PREFIX")
		.option("--abort", "abort them, which frees what their parts take")
		.option("--older-than <time>", "only those begun so long ago, such as 90m, 24h or 7d", duration)
		.option("--abort-older <time>", "short for --abort --older-than", duration)
		.option("--dry-run", "list what would be aborted, and abort nothing")
		.addHelpText(
			"after",
			`
An upload that still runs is listed, too, and fails when it is aborted: --older-than spares it.
${examples("tesserae s3 uploads s3://bucket", "tesserae s3 uploads s3://bucket --abort-older 1d --dry-run")}`,
		)
		.action((address: string, options: Options) => start((shell) => list(shell, address, options)));
}

async function list(shell: Shell, text: string, options: Options): Promise<void> {
	const { target, key } = readObjectAddress(text);
	const { abortOlder, olderThan = abortOlder ?? 0, dryRun = false } = options;
	if (abortOlder !== undefined && options.olderThan !== undefined)
		throw new UsageError("--abort-older says how old: leave out --older-than");
	const aborted = (options.abort ?? abortOlder !== undefined) && !dryRun;
	await withService(shell, target, async (service) => {
		const uploads = service.abortUploads(key, { olderThan, dryRun: !aborted, signal: shell.signal });
		if (shell.json)
			await shell.printJsonList(uploads, ({ started, ...rest }) => ({
				...rest,
				started: started.toISOString(),
				aborted,
			}));
		else await shell.printTable({ headings: ["started", "id", "key"], rows: rowsOf(uploads) });
	});
}

async function* rowsOf(uploads: AsyncIterable<PendingUpload>): AsyncGenerator<readonly string[]> {
	for await (const { started, id, key } of uploads) yield [started.toISOString(), id, key];
}
