import type { Command } from "commander";
import type { ByteRange } from "../../../../src/backend.js";
import { examples, type Start } from "../../command.js";
import { noSuchObject, openObjects, readKey } from "../../objects/open-objects.js";
import { byteRange } from "../../option-values.js";
import type { Shell } from "../../shell.js";

interface Options {
	readonly range?: ByteRange;
}

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "an object")
		.option("--range <bytes>", "a part: 0-499, 9500-, or -500 for the last 500", byteRange)
		.addHelpText(
			"after",
			examples("tesserae s3 cat s3://bucket/notes.txt", "tesserae s3 cat file:scan.zarr#c/0/0 --range -16 | xxd"),
		)
		.action((address: string, options: Options) => start((shell) => print(shell, address, options)));
}

async function print(shell: Shell, text: string, { range }: Options): Promise<void> {
	const { connection, address } = await openObjects(shell, readKey(text));
	const stream = await connection.store.stream(address.key, { range, signal: shell.signal });
	if (stream === undefined) throw noSuchObject(address);
	for await (const piece of stream) await shell.out.write(piece);
}
