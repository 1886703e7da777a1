import type { Command } from "commander";
import { formatObjectAddress } from "../../../../src/object-address.js";
import { examples, type Start } from "../../command.js";
import { noSuchObject, openObjects, readKey } from "../../objects/open-objects.js";
import type { Shell } from "../../shell.js";
import { bytesText } from "../../sizes.js";
import { visible } from "../../visible.js";

export function define(command: Command, start: Start): void {
	command
		.argument("<address>", "an object")
		.addHelpText("after", examples("tesserae s3 head s3://bucket/a.bin", "tesserae s3 head file:scan.zarr#zarr.json"))
		.action((address: string) => start((shell) => tell(shell, address)));
}

async function tell(shell: Shell, text: string): Promise<void> {
	const { connection, address } = await openObjects(shell, readKey(text));
	const head = await connection.store.head(address.key);
	if (head === undefined) throw noSuchObject(address);
	const { size, etag } = head;
	const modified = head.modified.toISOString();
	if (shell.json) return shell.printJson({ key: address.key, size, etag, modified });
	await shell.printFields(visible(formatObjectAddress(address)), [
		["size", `${size} bytes (${bytesText(size)})`],
		["etag", visible(etag)],
		["modified", modified],
	]);
}
