import type { Readable } from "node:stream";
import type { Terminal } from "../terminal.js";

/** A line that is longer is passed on in parts. */
const LONGEST = 2 ** 16;
const NEWLINE = 10;

/**
 * Passes on what a rank prints, in whole lines, so that those of several ranks do not mix within one. Where nobody reads it any longer that is
 * told by `failed`, and the rest is dropped.
 */
export async function passOn(
	from: Readable,
	{ to, tag, failed }: { readonly to: Terminal; readonly tag: string; readonly failed: (error: unknown) => void },
): Promise<void> {
	const write = (lines: Buffer): Promise<void> => to.write(tagged(lines, tag)).catch(failed);
	let rest: Buffer = Buffer.alloc(0);
	for await (const piece of from) {
		const text: Buffer = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
		const end = text.length > LONGEST ? text.length : text.lastIndexOf(NEWLINE) + 1;
		rest = text.subarray(end);
		if (end > 0) await write(text.subarray(0, end));
	}
	if (rest.length > 0) await write(Buffer.concat([rest, Buffer.of(NEWLINE)]));
}

function tagged(lines: Buffer, tag: string): Buffer | string {
	if (tag === "") return lines;
	return lines.toString().replace(/^(?!$(?![\r\n]))/gm, tag);
}
