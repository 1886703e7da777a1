import { type Command, Option } from "commander";
import { examples, type Start } from "../../command.js";
import { withService } from "../../objects/object-services.js";
import { readKey } from "../../objects/open-objects.js";
import { bytes, keyAndValue, seconds } from "../../option-values.js";
import type { Shell } from "../../shell.js";
import { UsageError } from "../../usage-error.js";

interface Options {
	readonly method: "get" | "put" | "post";
	readonly expires: number;
	readonly contentType?: string;
	readonly maxSize?: number;
	readonly field?: { readonly [name: string]: unknown };
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "an object, which need not be there yet")
		.addOption(
			new Option("--method <name>", "what others may do: get, put, or post (a form)")
				.choices(["get", "put", "post"])
				.default("get"),
		)
		.option("--expires <time>", "how long they may: seconds, or such as 1h; up to 7d", seconds, 3600)
		.option("--content-type <type>", "put and post: the media type that must be sent")
		.option("--max-size <bytes>", "post: the largest object that may be sent, such as 10MiB", bytes)
		.option("--field <name=value>", "post: a further field of the form; may be repeated", keyAndValue)
		.addHelpText(
			"after",
			examples(
				"tesserae s3 presign s3://bucket/a.bin --expires 1h",
				"tesserae s3 presign s3://bucket/upload.png --method post --max-size 10MiB --json",
			),
		)
		.action((address: string, options: Options) => start((shell) => presign(shell, address, options)));
}

async function presign(shell: Shell, text: string, options: Options): Promise<void> {
	const { method, expires, contentType, maxSize, field } = options;
	const { target, key } = readKey(text);
	if (method !== "post" && (maxSize !== undefined || field !== undefined))
		throw new UsageError("--max-size and --field are of --method post");
	if (method === "get" && contentType !== undefined)
		throw new UsageError("--content-type is of what is sent: add --method put");
	await withService(shell, target, async (service) => {
		const call = { expires, signal: shell.signal };
		if (method === "post") {
			const fields = field && Object.fromEntries(Object.entries(field).map(([name, value]) => [name, String(value)]));
			const post = await service.presignPost(key, { ...call, contentType, maxSize, fields });
			if (shell.json) return shell.printJson({ method, expires, ...post });
			return shell.printFields(post.url, Object.entries(post.fields));
		}
		const url =
			method === "get" ? await service.presignGet(key, call) : await service.presignPut(key, { ...call, contentType });
		return shell.json ? shell.printJson({ method, expires, url }) : shell.print(url);
	});
}
